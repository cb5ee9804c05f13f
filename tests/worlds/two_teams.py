"""A cluster of two namespaces in which much is declared: what people ask about at random has an answer here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from tests.worlds import controllers, objects
from tests.worlds.ability_questions_counting import restart
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.running import MOMENT
from tests.worlds.workloads import autoscaler, budget, claim_volume, sick

ACCOUNT, TEAM, POOL = "front-bot", "pricing-crew", "blue"
NIGHTLY = "night-count"


class TwoTeams:
    """`place` holds a web front that has everything, its database and a program that crashes; `other_place` a worker
    that scales, and a CronJob whose last run failed."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        place, self.other_place = draw.place(), draw.place()
        self.web = draw.app(place, replicas=2, service=f"{draw.name()}-svc")
        self.store = draw.app(place, replicas=1)
        controllers.stateful(draw, self.store)
        controllers.fresh(draw, self.store)
        self.crashing = sick(draw, place)
        self._since_its_release()
        self.worker = draw.app(self.other_place, replicas=3)
        draw.chatter(self.store)
        draw.log(self.worker, [*(f"INFO took order {n}" for n in range(6)), "INFO the sextant is calibrated",
                               "INFO idle"])  # fmt: skip
        draw.log(self.web, ["INFO listening", "ERROR upstream timed out after 30s: POST /pay", "INFO GET / 200"])
        self.claim = claim_volume(draw, self.web)
        self._scaled()
        self._fronted()
        self._declared()
        self._nightly()
        self._nodes()

    def _since_its_release(self) -> None:
        """The pods of the release that crashes are no older than it, and no Service takes them for ready."""
        name, place = self.crashing.name, self.crashing.namespace
        newest = next(o for o in self._of("ReplicaSet", place)
                      if o["metadata"]["name"].startswith(f"{name}-") and o["spec"]["replicas"])  # fmt: skip
        for pod in self.crashing.pods:
            begin = max(str(newest["metadata"]["creationTimestamp"]), str(pod["metadata"]["creationTimestamp"]))
            pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = begin
        for one in self._of("EndpointSlice", place):
            if one["metadata"]["labels"]["kubernetes.io/service-name"] == name:
                one["endpoints"] = [{**end, "conditions": {"ready": False}} for end in one["endpoints"]]

    @property
    def names(self) -> dict[str, str]:
        """What the questions and the answers are filled with."""
        web, store, bad, worker = self.web, self.store, self.crashing, self.worker
        node = str(web.pods[0]["spec"]["nodeName"])
        pods = {f"{n}_pod": one.pod for n, one in (("web", web), ("store", store), ("bad", bad), ("worker", worker))}
        images = {f"{n}_image": one.image for n, one in (("web", web), ("store", store), ("worker", worker))}
        counts = {
            "pods_in_ns": len(self._of("Pod", web.namespace)),
            "pods_in_ns2": len(self._of("Pod", self.other_place)),
            "pods_on_node": sum(o["spec"].get("nodeName") == node for o in self._of("Pod")),
            "restarts_in_ns": sum(o["status"]["containerStatuses"][0]["restartCount"]
                                  for o in self._of("Pod", web.namespace)),
            "memory_in_ns": 64 * len(self._of("Pod", web.namespace)),
            "deployments": len(self._of("Deployment")),
            "bad_replicas": bad.replicas,
        }  # fmt: skip
        return {
            "web": web.name, "store": store.name, "bad": bad.name, "worker": worker.name, "ns": web.namespace,
            "ns2": self.other_place, "svc": str(web.service["metadata"]["name"]), "port": str(web.port), "node": node,
            "other_node": self._elsewhere(node),
            "claim": self.claim, "host": f"{web.name}.example.org", "typo": web.name[:3] + web.name[4:],
            "volume": str(self._of("PersistentVolume")[0]["metadata"]["name"]),
            **{f"at_{minutes}": _clock(minutes) for minutes in (2, 12, 20, 40, 90, 100)},
            **pods, **images, **{name: str(count) for name, count in counts.items()}, **self._names_at_night(node),
            **self._names_at_last(node), **self._names_on_duty(), **self._names_of_strangers(),
        }  # fmt: skip

    def _names_at_night(self, node: str) -> dict[str, str]:
        """Further names, and expressions over what a node holds: `each_...` wants every workload that runs there."""
        web, store, bad, worker = apps = self.web, self.store, self.crashing, self.worker
        before = next(o for o in self._of("ReplicaSet", web.namespace) if o["spec"]["replicas"] == 0)
        scaler, job = self._of("HorizontalPodAutoscaler")[0], self._of("Job")[0]["metadata"]["name"]
        cpu = 50 * len(self._of("Pod", web.namespace))
        on = {app.name: {str(pod["spec"]["nodeName"]) for pod in app.pods} for app in apps}
        return {
            "bad_image": bad.image, "tag_before": _tag(before["spec"]["template"]["spec"]["containers"][0]["image"]),
            "bad_exit": str(bad.pods[0]["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"]),
            "bad_restarts": str(9 * bad.replicas), "store_tag": _tag(store.image), "job": job,
            "job_pod": next(o["metadata"]["name"] for o in self._of("Pod") if o["metadata"]["name"].startswith(job)),
            "web_container": web.pods[0]["spec"]["containers"][0]["name"], "web_pod2": web.pods[1]["metadata"]["name"],
            "svc_ip": web.service["spec"]["clusterIP"], "worker_key": next(iter(worker.service["spec"]["selector"])),
            "usage": str(scaler["status"]["currentMetrics"][0]["resource"]["current"]["averageUtilization"]),
            "pods": str(len(self._of("Pod"))), "cpu_in_ns": rf"\b{cpu} ?m|\b{re.escape(f'{cpu / 1000:g}')}\b",
            "older": max(web, store, key=_age).name, "younger": min(web, store, key=_age).name,
            "each_on_node": _each(name for name, nodes in on.items() if node in nodes),
            "each_on_other_node": _each((name for name, nodes in on.items() if nodes - {node}), or_else=job),
            "nodes_of_worker": _each(sorted(on[worker.name])),
            "web_without_node": self._without(node, web),
        }  # fmt: skip

    def _names_at_last(self, node: str) -> dict[str, str]:
        """Names of what stands behind the workloads, and expressions over which node holds more and what is shared."""
        store, other, pods = self.store, self._elsewhere(node), self._of("Pod")
        here, there = ([o for o in pods if o["spec"]["nodeName"] == one] for one in (node, other))
        old = min((o for o in self._of("ReplicaSet")
                   if o["metadata"]["name"].startswith(f"{self.crashing.name}-")),
                  key=lambda o: int(o["spec"]["replicas"]))  # fmt: skip
        at_store = str(store.pods[0]["spec"]["nodeName"])
        job_pod = next(o for o in pods if o["status"]["phase"] == "Failed")
        job_node, job_name = str(job_pod["spec"]["nodeName"]), str(job_pod["metadata"]["name"])
        # with the pod that has ended, or without it
        more = [len(here) - len(there), len(here) - len(there) + (1 if job_node == other else -1)]
        beside = [app.name for app in (self.web, self.crashing, self.worker)
                  if any(o["spec"]["nodeName"] == at_store for o in app.pods)]  # fmt: skip
        cpu = 50 * sum("resources" in o["spec"]["containers"][0] for o in here)
        machine = next(o for o in self._of("Node") if o["metadata"]["name"] == node)
        is_one_node = at_store == node
        return {
            "store_port": str(store.port), "instance": machine["spec"]["providerID"].rpartition("/")[2],
            "rs_before": old["metadata"]["name"], "job_node": job_node, "store_node": at_store,
            "cpu_on_node": rf"\b{cpu} ?m|\b{re.escape(f'{cpu / 1000:g}')}\b",
            "fuller": "|".join([node] * (max(more) >= 0) + [other] * (min(more) <= 0)),
            "count_on_other_node": rf"(?<![-.\w]){len(there)}(?![-.\w]\w)" + ("" if there else "|" + _each(())),
            "together": rf"\b(yes|same|both)\b|{node}" if is_one_node else rf"\b(no|not|different)\b|{at_store}",
            "not_together": r"^no\b|not on the same|different" if is_one_node else r"^yes\b|both (are )?on",
            "each_beside_store": _each(beside, or_else=job_name if job_node == at_store else "none"),
            "day_of_nodes": datetime.fromtimestamp(MOMENT - 60 * 9000, UTC).strftime("%Y-%m-%d"),
        }  # fmt: skip

    def _names_on_duty(self) -> dict[str, str]:
        """Names of what is newest, oldest and largest, and an expression for which of two is older."""
        web, bad, worker = apps = self.web, self.crashing, self.worker
        most = max(app.replicas for app in apps)
        is_older = worker.age > web.age
        return {
            "bad_tag": _tag(bad.image), "worker_ip": worker.service["spec"]["clusterIP"],
            "web2_node": str(web.pods[1]["spec"]["nodeName"]),
            "rs_now": bad.pods[0]["metadata"]["ownerReferences"][0]["name"],
            "oldest_deployment": max(apps, key=_age).name, "newest_deployment": min(apps, key=_age).name,
            "most_replicas": "|".join(app.name for app in apps if app.replicas == most),
            "worker_is_older": rf"\byes\b|{worker.name} is (the )?older" if is_older
            else rf"\b(no|not|newer|younger)\b|{web.name} is (the )?older",
        }  # fmt: skip

    def _names_of_strangers(self) -> dict[str, str]:
        """Tags and counts not named elsewhere, and expressions over where pods sit and which of two is older."""
        web, bad, worker = self.web, self.crashing, self.worker
        of_bad, of_web = ({str(pod["spec"]["nodeName"]) for pod in app.pods} for app in (bad, web))
        return {
            "web_tag": _tag(web.image), "worker_tag": _tag(worker.image), "worker_port": str(worker.port),
            "bad_number": f"{bad.replicas}|{('one', 'two', 'three', 'four')[bad.replicas - 1]}",
            "nodes_of_bad": _each(sorted(of_bad)),
            "web_together": rf"\b({'yes|same|single|both' if len(of_web) == 1 else 'no|not|different|two|2'})\b|"
            + _each(sorted(of_web)),
            "web_not_together": r"^no[,.]" if len(of_web) == 1 else r"^yes\b",
            "older_of_two": max(web, worker, key=_age).name, "younger_of_two": min(web, worker, key=_age).name,
        }  # fmt: skip

    def _without(self, node: str, app: App) -> str:
        """An expression for whether the app outlives the node, or for what decides it."""
        outside = [o["metadata"]["name"] for o in app.pods if o["spec"]["nodeName"] != node]
        if outside:
            return r"\byes\b|\bsurvives\b|would survive|" + "|".join((self._elsewhere(node), *outside))
        return r"\b(no|not|all|both|every|down|outage)\b|" + _each(o["metadata"]["name"] for o in app.pods)

    def _elsewhere(self, node: str) -> str:
        return next(str(o["metadata"]["name"]) for o in self._of("Node") if o["metadata"]["name"] != node)

    def _of(self, kind: str, namespace: str = "") -> list[Obj]:
        return [o for o in self.draw.objects
                if o["kind"] == kind and namespace in ("", o["metadata"].get("namespace"))]  # fmt: skip

    def _scaled(self) -> None:
        self.draw.objects.append(autoscaler(self.draw, self.worker, most=11, desired=3))
        guard = budget(self.worker)
        guard["spec"]["minAvailable"], guard["status"]["disruptionsAllowed"] = 2, 1
        self.draw.objects.append(guard)

    def _fronted(self) -> None:
        web, service = self.web, self.web.service
        service["spec"].update(type="LoadBalancer", externalTrafficPolicy="Local")
        service["status"] = {"loadBalancer": {"ingress": [{"hostname": "lb77.example.net"}]}}
        name = str(service["metadata"]["name"])
        front = objects.ingress("front-door", web.namespace, f"{web.name}.example.org", name)
        front["spec"]["tls"] = [{"hosts": [f"{web.name}.example.org"], "secretName": "front-tls"}]
        self.draw.objects += [front, _settings(web)]

    def _declared(self) -> None:
        web = self.web
        variables = {"RATE_URL": f"http://{self.worker.name}.{self.other_place}:80", "DB_PASSWORD": "hunter22"}
        for one in (web.deployment["spec"]["template"], web.replica_set["spec"]["template"], *web.pods):
            one["spec"].update(
                serviceAccountName=ACCOUNT, terminationGracePeriodSeconds=50, nodeSelector={"pool": POOL},
                tolerations=[{"key": POOL, "operator": "Exists"}], priorityClassName="vip",
            )  # fmt: skip
            one["spec"]["containers"][0].update(
                command=["/app/run"], args=["--threads=9"], imagePullPolicy="Always",
                readinessProbe={"httpGet": {"path": "/healthz", "port": web.port}, "periodSeconds": 7},
                env=[{"name": name, "value": value} for name, value in variables.items()],
            )  # fmt: skip
        web.deployment["metadata"]["labels"]["team"] = TEAM
        web.deployment["spec"]["strategy"] = {
            "type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}  # fmt: skip
        restart(self.draw, web, 4)
        account: Obj = {"kind": "ServiceAccount", "metadata": objects.meta(ACCOUNT, web.namespace, 9000, {})}
        self.draw.objects.append(account)

    def _nightly(self) -> None:
        controllers.run(self.draw, self.other_place, "ERROR no rates for today", cron=True)
        cron_job = self._of("CronJob")[0]
        cron_job["metadata"]["name"] = NIGHTLY
        cron_job["spec"].update(schedule="15 3 * * *", concurrencyPolicy="Forbid")
        for one in self.draw.objects:
            for owner in one["metadata"].get("ownerReferences", []):
                if owner["kind"] == "CronJob":
                    owner["name"] = NIGHTLY

    def _nodes(self) -> None:
        for one in self._of("PersistentVolume"):
            one["spec"]["persistentVolumeReclaimPolicy"] = "Retain"
        for one in self._of("Node"):
            one["metadata"]["labels"]["topology.kubernetes.io/zone"] = "eu-1b"
            one["status"]["nodeInfo"] = {
                "kubeletVersion": "v1.31.2", "osImage": "Flatcar 3975", "architecture": "amd64",
                "containerRuntimeVersion": "containerd://1.7.2", "kernelVersion": "6.6.1"}  # fmt: skip


def _clock(minutes: float) -> str:
    """The time of day so many minutes before the present, as answers tell it."""
    return datetime.fromtimestamp(MOMENT - 60 * minutes, UTC).strftime("%H:%M")


def _age(app: App) -> float:
    return app.age


def _tag(image: str) -> str:
    return image.rpartition(":")[2]


def _each(words: Iterable[str], or_else: str = "none") -> str:
    """An expression for a text that holds all of the words; without any, for one that says that there are none."""
    return "".join(f"(?=.*{re.escape(word)})" for word in words) or rf"\b(no|none|nothing|nobody|0|{or_else})\b"


def _settings(web: App) -> Obj:
    return {"kind": "ConfigMap", "metadata": objects.meta("front-conf", web.namespace, 900, {}),
            "data": {"rates.yaml": "x", "MODE": "y"}}  # fmt: skip
