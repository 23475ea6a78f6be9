# A pipe between standard streams and Python's ssl. What it is told to do stands in ../peers/program.mjs.
import os
import selectors
import socket
import ssl
import sys


def setting(name):
    return os.environ.get("INTEROP_" + name)


def tell(name, value):
    if value:
        print(f"{name}={value}", file=sys.stderr, flush=True)


def tell_client(peer, name):
    certificate = peer.getpeercert() or {}
    for part in certificate.get("subject", ()):
        for key, value in part:
            if key == "commonName" and setting("ROLE") == "server":
                tell(name, value)


def tell_about(peer, names):
    tell("version", peer.version())
    tell("cipher", peer.cipher()[0])
    tell("alpn", peer.selected_alpn_protocol())
    tell("servername", names[-1] if names else None)
    tell_client(peer, "client")
    tell("reused", peer.session_reused)


def pipe(peer):
    """Until both directions have ended; without HALF_CLOSE the end of what is received ends all."""
    peer.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(peer, selectors.EVENT_READ, "peer")
    selector.register(0, selectors.EVENT_READ, "input")
    receiving = True
    sending = True
    asks = setting("LATER") and setting("ROLE") == "server"
    while receiving or sending:
        for key, _ in selector.select():
            if key.data == "input":
                data = os.read(0, 65536)
                if data:
                    send(peer, data)
                else:
                    selector.unregister(0)
                    sending = False
                    shut(peer)
            elif receiving:
                while True:
                    try:
                        data = peer.recv(65536)
                    except ssl.SSLWantReadError:
                        break
                    if not data:
                        tell("eof", "close_notify")
                        selector.unregister(peer)
                        receiving = False
                        os.close(1) if setting("HALF_CLOSE") else None
                        if not setting("HALF_CLOSE"):
                            sending = False
                        break
                    write_out(data)
                    if asks:
                        peer.verify_client_post_handshake()
                        asks = False
                    elif setting("LATER"):
                        tell_client(peer, "later")


def write_out(data):
    while data:
        data = data[os.write(1, data):]


def send(peer, data):
    peer.setblocking(True)
    peer.sendall(data)
    peer.setblocking(False)


def shut(peer):
    try:
        peer.unwrap()
    except (ssl.SSLError, OSError):
        pass


def context_for(role):
    side = ssl.PROTOCOL_TLS_SERVER if role == "server" else ssl.PROTOCOL_TLS_CLIENT
    context = ssl.SSLContext(side)
    version = ssl.TLSVersion[setting("VERSION").replace(".", "_")]
    context.minimum_version = context.maximum_version = version
    if setting("CERT"):
        context.load_cert_chain(setting("CERT"), setting("KEY"))
    if setting("CA"):
        context.load_verify_locations(setting("CA"))
    if setting("ALPN"):
        context.set_alpn_protocols(setting("ALPN").split(","))
    if setting("LATER"):
        context.post_handshake_auth = True
    if setting("VERIFY") or (setting("LATER") and role == "server"):
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def serve():
    names = []
    context = context_for("server")

    def choose(peer, name, _):
        names.append(name)
        if name and name == setting("NAME2"):
            other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            other.load_cert_chain(setting("CERT2"), setting("KEY2"))
            peer.context = other

    context.sni_callback = choose
    listener = socket.create_server(("127.0.0.1", 0))
    tell("port", listener.getsockname()[1])
    while True:
        plain, _ = listener.accept()
        with context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False) as peer:
            tell_about(peer, names)
            pipe(peer)
            shut(peer)


def visit():
    context = context_for("client")
    session = None
    for last in [False, True] if setting("RESUME") else [True]:
        plain = socket.create_connection(("127.0.0.1", int(setting("PORT"))))
        with context.wrap_socket(
            plain, server_hostname=setting("NAME"), session=session, suppress_ragged_eofs=False
        ) as peer:
            tell_about(peer, [])
            if last:
                pipe(peer)
            else:
                while peer.recv(1000):
                    pass
                session = peer.session
            shut(peer)


serve() if setting("ROLE") == "server" else visit()
