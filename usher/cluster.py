"""`nats.conf` for the three-node cluster of compose.yaml, from the same table as the embedded server's users."""

from __future__ import annotations

from pathlib import Path

from events.permissions import NAMES, authorization
from usher.identities import Identities, cluster_variable

HEAD = """\
# One node of the three-node cluster of compose.yaml. What differs between nodes, and the users' public keys, come from
# its environment. Written by `usher cluster conf` from events/permissions.py: change that, never this.
server_name: $SERVER_NAME
listen: $CLIENT_LISTEN
http: $MONITOR_LISTEN
max_payload: 1MB
tls { # a client proves who it is with its nkey; "auto": it may begin with the handshake, and ours do
  cert_file: $TLS_CERT
  key_file: $TLS_KEY
  min_version: "1.3"
  handshake_first: auto
}
jetstream {
  store_dir: $STORE_DIR
  sync_interval: always
  cipher: chachapoly # with an empty key nothing is encrypted
  key: $STORE_KEY
}
cluster {
  name: usher
  listen: $CLUSTER_LISTEN
  routes: $CLUSTER_ROUTES
  no_advertise: true # clients know every node by the name that its certificate bears
  tls { # each node shows its certificate to the others: nobody else joins
    cert_file: $TLS_CERT
    key_file: $TLS_KEY
    ca_file: $TLS_CA
    verify: true
    min_version: "1.3"
  }
}
"""


def cluster_conf() -> str:
    """The file's text; public keys stand in variables, so that it is the same for everybody."""
    return HEAD + authorization({name: f"${cluster_variable(name)}" for name in NAMES})


def environment(keys: Identities) -> str:
    """Lines for compose's `.env`: each user's public key; seeds that are missing are made. Raises UsherError."""
    return "".join(f"{cluster_variable(name)}={public}\n" for name, public in keys.make().items())


def write_conf(into: Path) -> Path:
    """Write the file."""
    into.write_text(cluster_conf())
    return into
