"""What the words of a question mean: kinds, columns, and the cues by which an intent is known. Data only.

A phrase of several words is one entry. Words are in lower case, endings are listed.
"""

from __future__ import annotations

from typing import Final


def _table(entries: dict[str, str]) -> dict[str, str]:
    return {word.strip(): meaning for meaning, words in entries.items() for word in words.split(",")}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


KINDS: Final = _table(
    {
        "Pod": "pod,pods,po,replica,replicas",
        "Deployment": "deployment,deployments,deploy,deploys",
        "StatefulSet": "statefulset,statefulsets,stateful set,stateful sets,sts",
        "DaemonSet": "daemonset,daemonsets,daemon set,daemon sets,ds",
        "ReplicaSet": "replicaset,replicasets,replica set,replica sets,rs",
        "Job": "job,jobs",
        "CronJob": "cronjob,cronjobs,cron job,cron jobs",
        "Service": "service,services,svc",
        "Node": "node,nodes,machine,machines,worker nodes",
        "Namespace": "namespace,namespaces,ns",
        "PersistentVolumeClaim": "pvc,pvcs,claim,claims,volume claim,volume claims,persistentvolumeclaim,"
        "persistentvolumeclaims,persistent volume claim,persistent volume claims",
        "PersistentVolume": "pv,pvs,volume,volumes,persistentvolume,persistentvolumes,persistent volume,"
        "persistent volumes",
        "StorageClass": "storageclass,storageclasses,storage class,storage classes",
        "ConfigMap": "configmap,configmaps,config map,config maps,cm",
        "Secret": "secret,secrets",
        "Ingress": "ingress,ingresses,ing",
        "NetworkPolicy": "networkpolicy,networkpolicies,network policy,network policies,netpol",
        "HorizontalPodAutoscaler": "hpa,hpas,autoscaler,autoscalers,horizontal pod autoscaler,horizontalpodautoscaler",
        "PodDisruptionBudget": "pdb,pdbs,disruption budget,disruption budgets,poddisruptionbudget",
        "ServiceAccount": "serviceaccount,serviceaccounts,service account,service accounts,sa",
        "ResourceQuota": "quota,quotas,resourcequota,resource quota,resource quotas",
        "Role": "role,roles",
        "RoleBinding": "rolebinding,rolebindings,role binding,role bindings",
        "": "workload,workloads,app,apps,application,applications,component,components",
    }
)
CLOUD_KINDS: Final = _table(  # kinds only beside a name: each of these words may stand for many other things
    {
        "Function": "function,lambda,lambda function,aws lambda",
        "Queue": "queue,sqs,sqs queue",
        "Table": "table,dynamodb,dynamodb table,dynamo table",
        "Database": "database,db,rds,rds instance,db instance,rds database",
        "Cache": "cache,elasticache,redis cache,elasticache cluster",
        "LoadBalancer": "load balancer,loadbalancer,alb,nlb,elb",
        "NatGateway": "nat gateway,natgateway",
    }
)
CLOUD_PLURALS: Final = _table(
    {
        "Function": "functions,lambdas,lambda functions,aws lambdas",
        "Queue": "queues,sqs queues",
        "Table": "dynamodb tables,dynamo tables,tables",
        "Database": "databases,rds instances,db instances,rds databases",
        "Cache": "caches,elasticache clusters,redis caches",
        "LoadBalancer": "load balancers,loadbalancers,albs,nlbs,elbs",
        "NatGateway": "nat gateways",
    }
)
PLURAL: Final[dict[str, tuple[str, str]]] = {
    "PersistentVolumeClaim": ("persistent volume claim", "persistent volume claims"),
    "PersistentVolume": ("persistent volume", "persistent volumes"),
    "NetworkPolicy": ("NetworkPolicy", "NetworkPolicies"),
    "Ingress": ("Ingress", "Ingresses"),
    "Endpoints": ("service", "services"),
    "StorageClass": ("StorageClass", "StorageClasses"),
}
CLOUD_NOUNS: Final = {
    "Function": "function", "Queue": "queue", "Table": "table", "Database": "database", "Cache": "cache",
    "LoadBalancer": "load balancer", "NatGateway": "NAT gateway",
}  # fmt: skip
CLUSTER_KINDS: Final = frozenset({"Node", "Namespace", "PersistentVolume", "StorageClass"})
WORKLOAD_KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job")
NAMED_BY_SEARCH: Final = frozenset({"", "Pod", "Service", "ReplicaSet", *WORKLOAD_KINDS})


UNHEALTHY: Final = _words(
    "unhealthy,broken,bad,troubled,unready,notready,failing,unavailable,down,degraded,unbound,dead,stuck,fails,fail"
)

COLUMNS: Final = _table(
    {
        "node": "node,nodes,host,machine,machines",
        "images": "image,images,version,versions,tag,tags",
        "labels": "label,labels,labelled,labeled",
        "annotations": "annotation,annotations",
        "restarts": "restart,restarts,restarted",
        "size": "size,sizes,capacity,capacities,storage,how big,how large",
        "storage_class": "storage class,storage classes,storageclass",
        "owner": "owner,owners,owned,controller,belongs to",
        "namespace": "namespace,namespaces",
        "state": "state,states,status,phase,phases",
        "address": "ip,ips,address,addresses,ip address",
        "age": "age,ages,old,oldest,newest,youngest",
        "containers": "container,containers,sidecar,sidecars",
        "ready": "replica,replicas",
        "volume": "volume,volumes",
        "selector": "selector,selectors",
        "ports": "port,ports",
        "variables": "env,env var,env vars,environment variable,environment variables,env var names,env variables,"
        "env variable,variable names",
        "readiness": "readiness probe,readiness probes,readiness check,readinessprobe",
        "liveness": "liveness probe,liveness probes,liveness check,livenessprobe",
        "startup": "startup probe,startup probes,startupprobe",
        "probes": "probe,probes,health check,health checks,healthcheck,healthchecks",
        "strategy": "strategy,update strategy,rollout strategy,deployment strategy,rolling update,rolling updates,"
        "max surge,maxsurge,max unavailable,maxunavailable",
        "resources": "requests and limits,limits and requests,resource settings",
        "limits": "limit,limits,memory limit,cpu limit,memory limits,cpu limits,resource limits",
        "requests": "memory request,cpu request,memory requests,cpu requests,resource requests",
    }
)
PARTS: Final = {  # columns that stand for several
    "probes": ("readiness", "liveness", "startup"),
    "resources": ("requests", "limits"),
}
_TEMPLATE: Final = "spec.template.spec.containers"
PATHS: Final = {  # columns that are a field of the object: of Services, Pods and what has a template
    "selector": ("spec.selector", "spec.selector", "spec.selector"),
    "ports": ("spec.ports.port", "spec.containers.ports.containerPort", f"{_TEMPLATE}.ports.containerPort"),
    "variables": ("spec.env", "spec.containers.env.name", f"{_TEMPLATE}.env.name"),
}

CUE_WORDS: Final = {  # a word may be a cue of several intents
    "count": "how many,number of,count,total number,how much of",
    "why": "why,reason,reasons,root cause,what causes,how come,explain why,cause",
    "wrong": "whats broken,what's broken,what is broken,"
    "wrong,issue,issues,problem,problems,trouble,investigate,diagnose,debug,troubleshoot,going on,happening,"
    "happened,matter,incident,analyse,analyze,off with,root-cause",
    "list": "which,list,find,get,all,every,what are,are there,is there,any,enumerate,who,give me,where,what",
    "show": "show,display,print,describe,details,detail,tell me about,info,information,about,post,fetch,look at,view",
    "logs": "log,logs,logged,log lines,log messages,log entries,stdout,stderr,lines,line,entries,messages,message,"
    "print out,reported,say,says,said,log file",
    "changed": "changed,change,changes,changing,rolled out,rollout,rollouts,history,modified,updated,deployed,edited,"
    "revision,revisions,what is new,what's new,what happened since,new since",
    "compare": "compare,compared,comparison,difference,differences,differ,differs,different,versus,vs",
    "restarts": "restart,restarts,restarted,restarting",
    "runbook": "runbook,runbooks,playbook,playbooks,procedure,documentation,docs,run book,run books",
    "reach": "reach,reaches,connect,connects,connect to,talk to,talk,access,call,ping,get to,communicate,route to",
    "may": "allowed,permission,permissions,rbac,may,authorized,authorised,rights,can-i,permitted",
    "metric": "cpu,memory,usage,utilisation,utilization,using,consume,consuming,throughput,metric,metrics,"
    "request rate,error rate,p99,p95,p50,latency,latencies,requests,traffic,load,ram",
    "alarm": "alarm,alarms,alert,alerts,firing,paging",
    "fix": "fix,repair,remediate,mend,resolve,heal,solve,roll back,rollback,undo",
    "how": "how do i,how to,how can i,how should,how would,should i,what should i do",
    "duration": "how long,took,take,takes,duration,durations,time,times,latency,latencies,slow,slowest,fastest",
    "when": "when,what time,at what time,since when",
    "summary": "summarise,summarize,summary,overview,common,most common,most frequent,frequent,kinds of,patterns,"
    "pattern,top error,main",
    "healthy": "healthy,ok,okay,fine,well,up,ready,available,alive,working,health,status",
    "events": "event,events",
    "who": "who,whom,by whom,whose hand",
    "callers": "calls,called by,callers,who uses,depends on,depend on,depending on,dependents,dependants,relies on,"
    "rely on",
    "stays": "stays,stay,stayed,staying,keeps,keep,sits,sit,sitting,hangs,hang,hanging,hung,remains,remain,remained,"
    "stuck,never gets past,never got past,never gets beyond,never gets out of,never makes it past,never leaves,"
    "doesn't get past,does not get past,won't get past,can't get past,cannot get past,not getting past,doesn't leave,"
    "does not leave,won't leave,goes,gets,shows,mean,means,forever,for ever,again and again,all the time",
    "thanks": "thanks,thank you,thx,cheers,bye,goodbye",
    "help": "hello,hi,hey,good morning,good evening,help,what can you do,what can you answer,what can i ask,commands",
    "success": "last succeed,last succeeded,last success,last successful,ever succeed,ever succeeded,last complete,"
    "last completed,last finish,last finished,last work,last worked,last successful run,succeed last",
    "scaling": "scale,scale up,scale down,scale out,scale in,scaling,scaling up,scaling down,autoscale,autoscales,"
    "autoscaling,auto-scaling,autoscaled,scaled up,scaled out,scales up,scales down",
    "search": "contain,contains,containing,mention,mentions,mentioning,includes,including,with the text,"
    "with the word,matching,match,that say,saying,appear,appears,appeared,see,seen,occur,occurs,occurred,"
    "reported,grep,search,search for,was there,were there",
}
LEVELS: Final = _table(
    {
        "error": "error,errors,exception,exceptions,fatal,failures,error lines,error messages,error message",
        "warning": "warning,warnings,warn,warns",
    }
)
BEGINS_TEXT: Final = _words(
    "contain,contains,containing,mention,mentions,mentioning,includes,including,with the text,with the word,that say,"
    "saying,matching,grep,search for"
)
ORDERS: Final[dict[str, tuple[str, bool]]] = {  # word: (column it orders by where none is said, most first)
    "most": ("", True),
    "highest": ("", True),
    "largest": ("size", True),
    "biggest": ("size", True),
    "least": ("", False),
    "fewest": ("", False),
    "lowest": ("", False),
    "smallest": ("size", False),
    "oldest": ("age", True),
    "newest": ("age", False),
    "youngest": ("age", False),
    "latest": ("age", False),
    "top": ("", True),
}
MORE: Final = _table(
    {
        "over": "more than,over,above,greater than,exceeding,at least",
        "under": "less than,under,below,fewer than,at most",
    }
)
NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
}  # fmt: skip
NEGATIONS: Final = _words(
    "not,no,isn't,aren't,isnt,arent,non,never,can't,cannot,won't,doesn't,don't,n't,without,can not,didn't,wasn't"
)
REFERENCES: Final = _table(
    {
        "last": "it,its,it's,that,this,them,they,their,those,these,that one,this one,the same,same",
        "other": "the other one,the other,other one,the others,another one",
        "there": "there,in there,that namespace,this namespace,the same namespace",
    }
)
SEVERAL: Final = _words("they,them,their,these,those")  # of all that the answer before was about
LACKED: Final = frozenset({"limits", "requests", "owner", "labels", "annotations", "node", "storage_class", "volume"})
LACKING: Final = _words("no,without,lack,lacks,lacking,missing")
TOPIC_NOUNS: Final = _words(
    "page,pages,endpoint,endpoints,route,request,requests,path,call,calls,query,queries,operation,task,step,url,"
    "view,views,screen,screens"
)
LIGHT: Final = _words(
    # words that say nothing about what a line holds
    "attempt,attempts,event,events,user,users,time,times,entry,entries,line,lines,message,messages,text,word,words,"
    "level,kind,type,log,logs,group,groups,record,records,problem,problems,page,pages,host,hosts,occurrence,occurrences,"
    "contain,contains,containing,hold,holds,mention,mentions,have,has,with,say,says,records,tell,tells,reported,"
    "come,comes,came,coming,written,write,writes,wrote,tried,try,tries,happen,happened,happens,occurred,sent,put"
)
FUNCTION: Final = _words(  # they build sentences, and stand for nothing in a line of a log
    "a,an,the,of,in,for,to,with,and,or,is,are,was,were,be,been,do,does,did,have,has,had,how,many,much,what,which,who,"
    "there,this,that,these,those,it,its,on,at,by,from,as,i,me,my,we,our,you,your,any,all,some,every,where,when,can,"
    "could,please,show,find,tell,give,about,into,out,if,so,than,then,they,their,them"
)
COPULAS: Final = _words("is,was,isn't,isnt,wasn't,has,hasn't,are,were,aren't")
ARTICLES: Final = _words("the,my,our")
TOLD: Final = _words(  # what follows a name that begins a sentence
    "is,isn't,isnt,are,was,wasn't,has,hasn't,have,in,does,doesn't,didn't,can't,cannot,won't,keeps,keep,hangs,stays,"
    "never,crashes,crashed,fails,failed,died,stopped,restarts,restarted,restarting,goes,went,gets,got,down,pods,still"
)
LEADS: Final = _words(  # after them stands what a question is about
    "with,of,for,from,about,than,versus,vs,between,like,to,on,into,at,by,does,did,do,can,could,fix,repair,mend,heal,"
    "remediate,resolve,restart,restarted,investigate,diagnose,debug,troubleshoot,describe,check,compare,reach,reaches,"
    "connect,calls,call,uses,named,called,look at,talk to,connect to,tell me about,depends on,relies on,called by"
)
VERBS: Final = _words("get,list,watch,create,update,patch,delete,deletecollection,use,bind,impersonate")
VERB_WORDS: Final = _table(
    {
        "get": "read,see,view",
        "update": "edit,change,write,modify",
        "delete": "remove",
        "create": "make",
        "patch": "restart,scale",
    }
)
FILLERS: Final = _words(
    "resource,resources,object,objects,total,altogether,previous,carry,carries,carrying,so,first,last,earliest,recent,"
    "recently,please,pls,currently,right,now,exactly,actually,really,just,also,could,would,kindly,half,half an hour,"
    "scales,covers,cover,protects,protect,protected,applies,apply,selects,select,selected,targets,target,"
    "targeted,guards,declare,declares,declared,configured,set,ask,asks,"
    "quarter,cite,name,names,named,called,run,kubectl,k8s,kubernetes,cluster,created,made,backup,id,ids,due,mind,"
    "s,'s,fully,own,uses,used,use,runs,scheduled,there's,what's,who's,where's,"
    "got,mode,situation,doing,i'm,let's,instead,pulls,pull,point,points,live,lives,sits,belong,belongs,it's,does,exist,exists,existing,listen,listens,listening"
)


def path(column: str, kind: str) -> str:
    """The column, or the field of the kind that it stands for."""
    return PATHS[column][("Service", "Pod").index(kind) if kind in ("Service", "Pod") else 2] if column in PATHS else (
        column)  # fmt: skip
