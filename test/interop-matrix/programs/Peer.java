// A pipe between standard streams and JSSE. What it is told to do stands in ../peers/program.mjs.
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertPathBuilder;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import javax.net.ssl.*;

public class Peer {
  static String setting(String name) {
    String value = System.getenv("INTEROP_" + name);
    return value == null ? "" : value;
  }

  static void tell(String name, Object value) {
    if (value != null && !value.toString().isEmpty()) System.err.println(name + "=" + value);
  }

  static Certificate[] certificates(String file) throws Exception {
    byte[] pem = Files.readAllBytes(Path.of(file));
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(pem))
        .toArray(new Certificate[0]);
  }

  static PrivateKey key(String file, String algorithm) throws Exception {
    String pem = Files.readString(Path.of(file)).replaceAll("-----[A-Z ]+-----|\\s", "");
    byte[] der = Base64.getDecoder().decode(pem);
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
  }

  static KeyStore emptyStore() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  static X509ExtendedKeyManager identity(String suffix) throws Exception {
    Certificate[] chain = certificates(setting("CERT" + suffix));
    KeyStore store = emptyStore();
    PrivateKey key = key(setting("KEY" + suffix), chain[0].getPublicKey().getAlgorithm());
    store.setKeyEntry("own", key, new char[0], chain);
    KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
    factory.init(store, new char[0]);
    return (X509ExtendedKeyManager) factory.getKeyManagers()[0];
  }

  static SSLContext context() throws Exception {
    KeyManager[] own = null;
    if (!setting("NAME2").isEmpty()) own = new KeyManager[] {new ByName(identity(""), identity("2"))};
    else if (!setting("CERT").isEmpty()) own = new KeyManager[] {identity("")};
    TrustManager[] trust = null;
    if (!setting("CA").isEmpty()) {
      KeyStore store = emptyStore();
      store.setCertificateEntry("root", certificates(setting("CA"))[0]);
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      if (!setting("OCSP").isEmpty()) factory.init(stapled(store));
      else factory.init(store);
      trust = factory.getTrustManagers();
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own, trust, null);
    return context;
  }

  /** The status of the server's own certificate has to be known: there is no other source of it than the staple. */
  static ManagerFactoryParameters stapled(KeyStore roots) throws Exception {
    PKIXRevocationChecker checker =
        (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
    checker.setOptions(
        EnumSet.of(
            PKIXRevocationChecker.Option.ONLY_END_ENTITY, PKIXRevocationChecker.Option.NO_FALLBACK));
    PKIXBuilderParameters parameters = new PKIXBuilderParameters(roots, new X509CertSelector());
    parameters.addCertPathChecker(checker);
    return new CertPathTrustManagerParameters(parameters);
  }

  static void prepare(SSLSocket socket) throws Exception {
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {setting("VERSION")});
    if (!setting("ALPN").isEmpty()) parameters.setApplicationProtocols(setting("ALPN").split(","));
    if (!setting("VERIFY").isEmpty()) parameters.setNeedClientAuth(true);
    if (setting("ROLE").equals("client")) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setServerNames(List.of(new SNIHostName(setting("NAME"))));
    }
    socket.setSSLParameters(parameters);
    socket.startHandshake();
  }

  static void tellAbout(SSLSocket socket, boolean resumed) throws Exception {
    ExtendedSSLSession session = (ExtendedSSLSession) socket.getSession();
    tell("version", session.getProtocol());
    tell("cipher", session.getCipherSuite());
    tell("alpn", socket.getApplicationProtocol());
    if (setting("ROLE").equals("server")) {
      for (SNIServerName name : session.getRequestedServerNames())
        tell("servername", ((SNIHostName) name).getAsciiName());
      if (!setting("VERIFY").isEmpty()) {
        String name = session.getPeerPrincipal().getName();
        tell("client", name.replaceAll("^.*CN=(\\w+).*$", "$1"));
      }
    } else if (!session.getStatusResponses().isEmpty()) {
      tell("ocsp", session.getStatusResponses().get(0).length);
    }
    if (resumed) tell("reused", 1);
  }

  /** What comes in on standard input belongs to the connection of the moment. */
  static SSLSocket current;

  static synchronized void setCurrent(SSLSocket socket) {
    current = socket;
    Peer.class.notifyAll();
  }

  static synchronized SSLSocket getCurrent() throws InterruptedException {
    while (current == null) Peer.class.wait();
    return current;
  }

  static final Thread input = new Thread(() -> {
    try {
      byte[] buffer = new byte[65536];
      for (int count; (count = System.in.read(buffer)) >= 0; )
        getCurrent().getOutputStream().write(buffer, 0, count);
      getCurrent().shutdownOutput();
    } catch (Exception error) {
      error.printStackTrace();
    }
  });

  static void pipe(SSLSocket socket) throws Exception {
    setCurrent(socket);
    InputStream in = socket.getInputStream();
    OutputStream out = new java.io.FileOutputStream(java.io.FileDescriptor.out);
    in.transferTo(out);
    tell("eof", "close_notify");
    if (!setting("HALF_CLOSE").isEmpty()) {
      out.close();
      input.join();
    }
    setCurrent(null);
    socket.close();
  }

  public static void main(String[] arguments) throws Exception {
    SSLContext context = context();
    input.setDaemon(true);
    input.start();
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    if (setting("ROLE").equals("server")) {
      SSLServerSocket listener =
          (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 5, loopback);
      tell("port", listener.getLocalPort());
      for (;;) {
        SSLSocket socket = (SSLSocket) listener.accept();
        prepare(socket);
        tellAbout(socket, false);
        pipe(socket);
      }
    }
    int port = Integer.parseInt(setting("PORT"));
    long before = 0;
    if (!setting("RESUME").isEmpty()) {
      SSLSocket first = connect(context, loopback, port);
      first.getInputStream().readAllBytes();
      before = first.getSession().getCreationTime();
      first.close();
    }
    SSLSocket socket = connect(context, loopback, port);
    tellAbout(socket, before != 0 && socket.getSession().getCreationTime() == before);
    pipe(socket);
  }

  /** Sessions are kept by the name and the port that are given here. */
  static SSLSocket connect(SSLContext context, InetAddress address, int port) throws Exception {
    SSLSocket socket = (SSLSocket) context.getSocketFactory()
        .createSocket(new Socket(address, port), setting("NAME"), port, true);
    prepare(socket);
    return socket;
  }

  /** The second identity for the second name. */
  static class ByName extends X509ExtendedKeyManager {
    final X509ExtendedKeyManager first;
    final X509ExtendedKeyManager second;

    ByName(X509ExtendedKeyManager first, X509ExtendedKeyManager second) {
      this.first = first;
      this.second = second;
    }

    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      ExtendedSSLSession session = (ExtendedSSLSession) ((SSLSocket) socket).getHandshakeSession();
      boolean wanted = session.getRequestedServerNames().contains(new SNIHostName(setting("NAME2")));
      String alias = (wanted ? second : first).chooseServerAlias(type, issuers, socket);
      return alias == null ? null : wanted ? "second" : "first";
    }

    X509ExtendedKeyManager of(String alias) {
      return alias.equals("second") ? second : first;
    }

    public X509Certificate[] getCertificateChain(String alias) {
      return of(alias).getCertificateChain("own");
    }

    public PrivateKey getPrivateKey(String alias) {
      return of(alias).getPrivateKey("own");
    }

    public String[] getServerAliases(String type, Principal[] issuers) {
      return first.getServerAliases(type, issuers);
    }

    public String[] getClientAliases(String type, Principal[] issuers) {
      return null;
    }

    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return null;
    }
  }
}
