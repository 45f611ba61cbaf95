"""What goes wrong in a round, and when: seeded faults at bytes of the senders' traffic."""

import dataclasses
import signal

KILLS = ("service", "service", "service", "sender", "sender", "redis", "receiver")
REDIS_FAULTS = ("flush", "stop", "wrong-version", "evict", "drop-manifest")
STOPPED_SECONDS = 1.5


@dataclasses.dataclass(frozen=True)
class Fault:
    at: float  # share of the scenario's bytes that has gone to the service
    kind: str
    detail: int = 0


def plan(random, kills, sources):
    """So many kills, and in more than a third of the rounds faults of Redis among them."""
    faults = [
        Fault(random.uniform(0.01, 0.97), random.choice(KILLS), random.randrange(sources))
        for _ in range(kills)
    ]
    if random.random() < 0.5:
        for _ in range(random.choice((1, 2, 3))):
            kind = random.choice(REDIS_FAULTS)
            faults.append(Fault(random.uniform(0.01, 0.97), kind, random.randrange(1000)))
    if random.random() < 0.3:
        faults.append(Fault(random.uniform(0.1, 0.9), "cut"))
    return sorted(faults, key=lambda fault: fault.at)


def _evict(world, detail):
    """One approval goes, as under an eviction policy; the manifest stays."""
    fields = sorted(world.redis("HKEYS", "rf:whitelist") or [])
    if fields:
        world.redis("HDEL", "rf:whitelist", fields[detail % len(fields)])


def _stop(world):
    if world.signal_redis(signal.SIGSTOP):
        pid = world.redis_pid()
        world.relay.wait(world.relay.forwarded + (1 << 30), STOPPED_SECONDS)
        if pid is not None and world.redis_pid() == pid:
            world.signal_redis(signal.SIGCONT)


def apply(fault, world):
    if fault.kind == "service":
        world.kill_service()
    elif fault.kind == "sender":
        sources = len(world.scenario.sources)
        any(world.kill_sender((fault.detail + i) % sources) for i in range(sources))
    elif fault.kind == "receiver":
        world.kill_receiver()
    elif fault.kind == "redis":
        world.signal_redis(signal.SIGKILL)
    elif fault.kind == "flush":
        world.redis("FLUSHALL")
    elif fault.kind == "stop":
        _stop(world)
    elif fault.kind == "wrong-version":
        world.redis("HSET", "rf:manifest", "version", 999_999_999)
    elif fault.kind == "evict":
        _evict(world, fault.detail)
    elif fault.kind == "drop-manifest":
        world.redis("DEL", "rf:manifest", "rf:number:manifest")
    elif fault.kind == "cut":
        world.relay.cut()
    else:
        raise ValueError(fault.kind)


def heal(faults, world):
    """What a person has to do afterwards (docs/redis-keys.md): newer lists are never replaced."""
    if any(fault.kind == "wrong-version" for fault in faults):
        world.await_(lambda: world.redis("PING") is not None, 120, "Redis")
        version = world.redis("HGET", "rf:manifest", "version")
        if version == "999999999":
            world.redis("DEL", "rf:manifest")
