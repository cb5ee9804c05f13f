"""Words with which people speak of trouble: none of them is ever taken for a name."""

from __future__ import annotations

from typing import Final

WORDS: Final = """
    a about above after again against ago alarm alarms alert alerting alerts all almost also always am an and
    any anybody anyone anything are around as at available back bad be because become been before behind being
    below between both broken but by can cannot cause caused check checking cluster clusters come container
    containers could crash crashed crashes crashing crashloopbackoff current currently day days dead degraded
    delayed did do does doing done down due during each either else error errors even ever every everything fail
    failed failing fails failure fast few find fine fix for from get gets getting give go goes going good got
    had happen happened happening happens has have having health healthy help her here high his hour hours how i
    if image images in incident incidents inside into investigate is issue issues it its just keep keeps
    kubernetes last late lately latency latest let like log logs long look looking looks loop lot low make many
    may me memory metric metrics might minute minutes more most much my namespace namespaces need needs new no
    node nodes none nor not nothing now ns of off ok on once one only oom oomkilled or our out outage over
    overloaded own pending please problem problems ready reason recent recently replica replicas request
    requests responding restart restarted restarting restarts right rollout root run running runs same say says
    second seconds see seem seems seen several she should show showing since slow slower slowly so some
    something somewhere soon state status stay still stop stopped stops stuck such suddenly tell than that the
    their them then there these they thing things think this those throttled throttling through time times to
    today too took traffic trouble try unavailable under unhealthy until up us use used users using very wait
    waiting want was we week were what when where whether which while who why will with within without working
    works would wrong yes yesterday yet you your
    abnormal affected am annoying asap began begin beginning begun believe blame certain crap culprit damn dumb
    earlier end ended enough everybody everyone exhausted exist existing exists explain forget free fuck fucking
    guess hell idiot ignore impacted instructions kidding know later maxed maybe myself normal odd perhaps
    possible possibly previously probably quick quickly really ridiculous serious seriously shit sick sorry start
    started starting starts strange stupid sure understand urgent useless weird wtf
"""
SPEECH: Final = frozenset(WORDS.split())
