// A pipe between standard streams and Go's crypto/tls. What it is told to do stands in ../peers/program.mjs.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
)

func setting(name string) string { return os.Getenv("INTEROP_" + name) }

func tell(name string, value interface{}) {
	if text := fmt.Sprint(value); text != "" {
		fmt.Fprintf(os.Stderr, "%s=%s\n", name, text)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func certificate(suffix string) tls.Certificate {
	pair, err := tls.LoadX509KeyPair(setting("CERT"+suffix), setting("KEY"+suffix))
	check(err)
	return pair
}

func configuration() *tls.Config {
	version := uint16(tls.VersionTLS13)
	if setting("VERSION") == "TLSv1.2" {
		version = tls.VersionTLS12
	}
	config := &tls.Config{MinVersion: version, MaxVersion: version, ServerName: setting("NAME")}
	if setting("CERT") != "" {
		own := certificate("")
		if file := setting("OCSP"); file != "" && setting("ROLE") == "server" {
			staple, err := os.ReadFile(file)
			check(err)
			own.OCSPStaple = staple
		}
		config.Certificates = []tls.Certificate{own}
	}
	if setting("CA") != "" {
		pem, err := os.ReadFile(setting("CA"))
		check(err)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		config.RootCAs, config.ClientCAs = roots, roots
	}
	if setting("ALPN") != "" {
		config.NextProtos = strings.Split(setting("ALPN"), ",")
	}
	if setting("VERIFY") != "" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if setting("NAME2") != "" {
		second := certificate("2")
		config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName == setting("NAME2") {
				return &second, nil
			}
			return nil, nil
		}
	}
	return config
}

func tellAbout(connection *tls.Conn) {
	state := connection.ConnectionState()
	version := "TLSv1.2"
	if state.Version == tls.VersionTLS13 {
		version = "TLSv1.3"
	}
	tell("version", version)
	tell("cipher", tls.CipherSuiteName(state.CipherSuite))
	tell("alpn", state.NegotiatedProtocol)
	if setting("ROLE") == "server" {
		tell("servername", state.ServerName)
		if len(state.PeerCertificates) > 0 {
			tell("client", state.PeerCertificates[0].Subject.CommonName)
		}
	}
	if state.DidResume {
		tell("reused", 1)
	}
	if len(state.OCSPResponse) > 0 {
		tell("ocsp", len(state.OCSPResponse))
	}
}

// What comes in on standard input belongs to the connection of the moment.
var lock sync.Mutex
var arrived = sync.NewCond(&lock)
var current *tls.Conn

func setCurrent(connection *tls.Conn) {
	lock.Lock()
	current = connection
	arrived.Broadcast()
	lock.Unlock()
}

func getCurrent() *tls.Conn {
	lock.Lock()
	defer lock.Unlock()
	for current == nil {
		arrived.Wait()
	}
	return current
}

func readInput(done chan bool) {
	buffer := make([]byte, 65536)
	for {
		count, err := os.Stdin.Read(buffer)
		if err != nil {
			getCurrent().CloseWrite()
			done <- true
			return
		}
		getCurrent().Write(buffer[:count])
	}
}

func pipe(connection *tls.Conn, inputDone chan bool) {
	setCurrent(connection)
	_, err := io.Copy(os.Stdout, connection)
	if err == nil {
		tell("eof", "close_notify")
	} else {
		tell("eof", err)
	}
	if setting("HALF_CLOSE") != "" {
		os.Stdout.Close()
		<-inputDone
	}
	setCurrent(nil)
	connection.Close()
}

func main() {
	config := configuration()
	inputDone := make(chan bool, 1)
	go readInput(inputDone)
	if setting("ROLE") == "server" {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		check(err)
		tell("port", listener.Addr().(*net.TCPAddr).Port)
		for {
			plain, err := listener.Accept()
			check(err)
			connection := tls.Server(plain, config)
			check(connection.Handshake())
			tellAbout(connection)
			pipe(connection, inputDone)
		}
	}
	config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	address := "127.0.0.1:" + setting("PORT")
	if setting("RESUME") != "" {
		first, err := tls.Dial("tcp", address, config)
		check(err)
		_, err = io.ReadAll(first)
		check(err)
		first.Close()
	}
	connection, err := tls.Dial("tcp", address, config)
	check(err)
	tellAbout(connection)
	pipe(connection, inputDone)
}
