#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

static const char usage[] =
    "usage: peer MODE [options]\n"
    "\n"
    "  source      connect, send --count bytes\n"
    "  sink        connect, ask for --count (bytes or bursts), receive what comes\n"
    "  handshakes  --count handshakes, --connections at a time; --resume: all with one session\n"
    "              --count 0: until SIGTERM\n"
    "  exchange    --count requests of --size bytes, each echoed, over --connections; --http;\n"
    "              --rate R: so many a second, on whichever has its answer\n"
    "  hold        open --connections and hold them until standard input ends\n"
    "  serve       a server with --cert and --key that does --serve: echo, receive, send, small\n"
    "  version     which OpenSSL this is\n"
    "\n"
    "  --port N  --plain  --tls 1.2|1.3  --seconds S\n";

static void print_version(const struct options *);

static const struct {
  const char *name;
  void (*run)(const struct options *);
} modes[] = {
    {"source", run_source},     {"sink", run_sink}, {"handshakes", run_handshakes},
    {"exchange", run_exchange}, {"hold", run_hold}, {"serve", run_server},
    {"version", print_version},
};

static void print_version(const struct options *options) {
  (void)options;
  printf("{\"version\":\"%s\"}\n", OpenSSL_version(OPENSSL_VERSION_STRING));
}

int main(int argc, char **argv) {
  struct options options = {.connections = 1, .count = 1, .size = 64, .serve = "echo"};
  static const struct option names[] = {
      {"port", required_argument, 0, 'p'},  {"plain", no_argument, 0, 'P'},
      {"resume", no_argument, 0, 'r'},      {"http", no_argument, 0, 'h'},
      {"tls", required_argument, 0, 't'},   {"connections", required_argument, 0, 'c'},
      {"count", required_argument, 0, 'n'}, {"seconds", required_argument, 0, 's'},
      {"rate", required_argument, 0, 'R'},  {"size", required_argument, 0, 'z'},
      {"cert", required_argument, 0, 'C'},  {"key", required_argument, 0, 'K'},
      {"serve", required_argument, 0, 'S'}, {0, 0, 0, 0},
  };
  int each;
  while ((each = getopt_long(argc, argv, "", names, NULL)) != -1) {
    switch (each) {
      case 'p':
        options.port = atoi(optarg);
        break;
      case 'P':
        options.plain = true;
        break;
      case 'r':
        options.resume = true;
        break;
      case 'h':
        options.http = true;
        break;
      case 't':
        options.version = strcmp(optarg, "1.2") ? TLS1_3_VERSION : TLS1_2_VERSION;
        break;
      case 'c':
        options.connections = atoi(optarg);
        break;
      case 'n':
        options.count = atoll(optarg);
        break;
      case 's':
        options.seconds = atof(optarg);
        break;
      case 'R':
        options.rate = atof(optarg);
        break;
      case 'z':
        options.size = atoi(optarg);
        break;
      case 'C':
        options.cert = optarg;
        break;
      case 'K':
        options.key = optarg;
        break;
      case 'S':
        options.serve = optarg;
        break;
      default:
        fputs(usage, stderr);
        return 2;
    }
  }
  signal(SIGPIPE, SIG_IGN);
  if (optind == argc - 1) {
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
      if (strcmp(argv[optind], modes[i].name)) continue;
      modes[i].run(&options);
      return 0;
    }
  }
  fputs(usage, stderr);
  return 2;
}
