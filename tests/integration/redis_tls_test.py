#!/usr/bin/env python3
"""The configurations of tools/stunnel with a real stunnel: Redis through TLS."""

import socket
import ssl
import subprocess

import service_world
from service_world import ROOT, free_port

CALLER = "+12125550101"


class RedisOverTls(service_world.WorldTest):
    def setUp(self):
        super().setUp()
        self.make_authority("ca")
        self.make_certificate("server", "ca", "redis.example.net")
        self.make_certificate("client", "ca", "ringfence")
        self.plain, self.tls, self.near = free_port(), free_port(), free_port()
        self.start_redis(self.plain)

    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def make_authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", "-subj",
                     f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def make_certificate(self, name, authority, host):
        self.openssl("req", "-newkey", "ed25519", "-nodes", "-subj", f"/CN={host}", "-addext",
                     f"subjectAltName=DNS:{host}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey",
                     f"{authority}.key", "-CAcreateserial", "-days", "2", "-copy_extensions",
                     "copy", "-out", f"{name}.pem")

    def start_stunnel(self, name, replacements):
        """The example file, with the test's paths and ports in place of the operator's."""
        text = (ROOT / f"tools/stunnel/{name}.conf").read_text()
        for folder in ("/etc/ringfence/tls", "/etc/redis/tls"):
            text = text.replace(folder, str(self.folder))
        for old, new in replacements.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.path(name + ".conf").write_text(text)
        stunnel = self.start(name, ["stunnel4", self.path(name + ".conf")])
        self.wait(lambda: "Configuration successful" in stunnel.output(), name, [stunnel])
        return stunnel

    def start_server_side(self):
        return self.start_stunnel("redis-server", {
            "accept = 6380": f"accept = 127.0.0.1:{self.tls}",
            "connect = 127.0.0.1:6379": f"connect = 127.0.0.1:{self.plain}"})

    def start_client_side(self):
        return self.start_stunnel("redis-client", {
            "accept = 127.0.0.1:6379": f"accept = 127.0.0.1:{self.near}",
            "connect = redis.example.net:6380": f"connect = 127.0.0.1:{self.tls}"})

    def test_service_acts_through_it(self):
        self.start_server_side()
        self.start_client_side()
        self.start_service(f"redis://127.0.0.1:{self.near}")
        self.stop_a_caller(CALLER)
        self.assertRegex(self.ask(self.plain, "HGET", "rf:number", "12125550101"), r"^blocked\|")

    def test_what_goes_over_the_wire_is_tls_1_3(self):
        self.start_server_side()
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        context.load_cert_chain(self.path("client.pem"), self.path("client.key"))
        with socket.create_connection(("127.0.0.1", self.tls)) as plain:
            with context.wrap_socket(plain, server_hostname="redis.example.net") as tls:
                self.assertEqual(tls.version(), "TLSv1.3")
                tls.sendall(b"PING\r\n")
                self.assertEqual(tls.recv(100), b"+PONG\r\n")

    def test_who_shows_no_certificate_does_not_reach_redis(self):
        self.start_server_side()
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        with socket.create_connection(("127.0.0.1", self.tls)) as plain, self.assertRaises(OSError):
            with context.wrap_socket(plain, server_hostname="redis.example.net") as tls:
                tls.sendall(b"PING\r\n")
                if tls.recv(100) == b"":
                    raise ConnectionResetError

    def test_client_does_not_talk_to_a_server_of_another_authority(self):
        self.make_authority("other")
        self.make_certificate("server", "other", "redis.example.net")
        self.start_server_side()
        near = self.start_client_side()
        self.assertNotIn("PONG", self.ask(self.near, "PING"))
        self.wait(lambda: "certificate verify failed" in near.output(), "the refusal", [near])

    def test_client_does_not_talk_to_a_server_of_another_name(self):
        self.make_certificate("server", "ca", "elsewhere.example.net")
        self.start_server_side()
        near = self.start_client_side()
        self.assertNotIn("PONG", self.ask(self.near, "PING"))
        self.wait(lambda: "certificate verify failed" in near.output(), "the refusal", [near])


if __name__ == "__main__":
    service_world.main()
