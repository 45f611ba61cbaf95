#!/usr/bin/env python3
"""tools/redis/users.acl with a real redis-server: each user can do its work and nothing else."""

import service_world
from service_world import ROOT, free_port, password_hash

WRITER, READER = "write me", "read me"
CALLER = "+12125550101"


class RedisAcl(service_world.WorldTest):
    def setUp(self):
        super().setUp()
        acl = (ROOT / "tools/redis/users.acl").read_text()
        acl = acl.replace("0" * 64, password_hash(WRITER)).replace("1" * 64, password_hash(READER))
        self.path("users.acl").write_text(acl + "user admin on >admin ~* +@all\n")
        self.port = free_port()
        self.start_redis(self.port, "--aclfile", self.path("users.acl"))

    def as_switch(self, *command):
        return self.ask(self.port, *command, user="switch", password=READER)

    def as_service(self, *command):
        return self.ask(self.port, *command, user="ringfence", password=WRITER)

    def run_service(self):
        return self.start_service(f"redis://ringfence:write%20me@127.0.0.1:{self.port}")

    def assert_refused(self, answer):
        self.assertIn("NOPERM", answer)

    def test_service_does_all_its_work(self):
        self.path("whitelist.csv").write_text("number\n+866315550001\n")
        service = self.run_service()
        self.stop_a_caller(CALLER)
        # Lists that change while it runs, an action that is taken back, the table read again.
        self.program("whitelist", "import", "whitelist.csv", "--data", "data")
        action = self.actions("confirmed")[0]["action"]
        self.program("action", "reverse", action, "--by", "li", "--data", "data")
        self.wait(lambda: self.actions("reversed"), "the reversal", [service])
        self.wait(lambda: self.as_service("HGET", "rf:manifest", "whitelist_count") == "1",
                  "the new whitelist", [service])
        doctor = self.program("doctor", "--config", "ringfence.toml")
        self.assertNotIn("NOPERM", doctor)
        self.assertEqual(service.stop(), 0, service.output())
        self.assertNotIn("NOPERM", service.output())
        self.assertNotIn("can't be published", service.output())
        self.assertNotIn("NOPERM", self.program("audit", "show", "--data", "data"))
        refused = self.ask(self.port, "ACL", "LOG", user="admin", password="admin")
        self.assertEqual(refused, "", "Redis keeps a list of what it refused")

    def test_switch_reads_states_of_numbers(self):
        self.run_service()
        self.stop_a_caller(CALLER)
        self.assertRegex(self.as_switch("HGET", "rf:number", "12125550101"), r"^blocked\|")
        self.assertRegex(self.as_switch("HMGET", "rf:number", "12125550101"), r"^blocked\|")

    def test_switch_reads_nothing_else(self):
        for command in (["HGET", "rf:whitelist", "x"], ["HGET", "rf:ledger", "x"],
                        ["HGETALL", "rf:number"], ["HGET", "rf:number:manifest", "count"],
                        ["HSCAN", "rf:number", "0"], ["KEYS", "*"], ["SCAN", "0"],
                        ["SUBSCRIBE", "__redis__:invalidate"]):
            with self.subTest(command=command):
                self.assert_refused(self.as_switch(*command))

    def test_switch_changes_nothing(self):
        for command in (["HSET", "rf:number", "1", "x"], ["HDEL", "rf:number", "1"],
                        ["DEL", "rf:number"], ["EVAL", "return 1", "0"], ["FLUSHALL"],
                        ["CONFIG", "GET", "*"], ["ACL", "LIST"], ["SHUTDOWN"]):
            with self.subTest(command=command):
                self.assert_refused(self.as_switch(*command))

    def test_service_stays_with_its_keys_and_commands(self):
        for command in (["HGET", "other", "x"], ["HSET", "other", "x", "1"], ["FLUSHALL"],
                        ["FLUSHDB"], ["KEYS", "*"], ["CONFIG", "SET", "maxmemory", "1"],
                        ["ACL", "LIST"], ["MODULE", "LIST"], ["SCRIPT", "FLUSH"],
                        ["SLOWLOG", "GET"], ["REPLICAOF", "127.0.0.1", "1"], ["SHUTDOWN"],
                        ["PUBLISH", "x", "y"],
                        ["EVAL", "return redis.call('HGET', KEYS[1], 'x')", "1", "other"]):
            with self.subTest(command=command):
                self.assert_refused(self.as_service(*command))

    def test_without_a_password_nobody_comes_in(self):
        self.assertIn("NOAUTH", self.ask(self.port, "HGET", "rf:number", "1"))
        self.assertIn("WRONGPASS", self.ask(self.port, "HGET", "rf:number", "1",
                                            user="switch", password="guess"))

    def test_placeholders_of_the_file_are_no_passwords(self):
        port = free_port()
        self.path("redis-data").rename(self.path("first"))
        self.start_redis(port, "--aclfile", ROOT / "tools/redis/users.acl")
        for user in ("ringfence", "switch"):
            for guess in ("", "0" * 64, "1" * 64):
                self.assertNotIn("PONG", self.ask(port, "PING", user=user, password=guess))


if __name__ == "__main__":
    service_world.main()
