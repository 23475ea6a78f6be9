// Whether there are I/O threads, which need libuv (every node executable exports it) and POSIX.
#pragma once

#if !defined(_WIN32) && __has_include(<uv.h>)
#define OWNSSL_IO_THREADS 1
#else
#define OWNSSL_IO_THREADS 0
#endif
