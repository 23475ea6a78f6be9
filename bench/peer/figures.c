#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

static double seconds_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double now(void) { return seconds_of(CLOCK_MONOTONIC); }

void latencies_add(struct latencies *self, double seconds) {
  if (self->count == self->capacity) {
    self->capacity = self->capacity ? self->capacity * 2 : 4096;
    self->nanoseconds = realloc(self->nanoseconds, self->capacity * sizeof *self->nanoseconds);
    if (!self->nanoseconds) die("memory");
  }
  double nanoseconds = seconds * 1e9;
  self->nanoseconds[self->count++] = nanoseconds > 4e9 ? 4000000000U : (uint32_t)nanoseconds;
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

void latencies_print(struct latencies *self) {
  size_t n = self->count;
  if (n == 0) die("nothing was measured");
  qsort(self->nanoseconds, n, sizeof *self->nanoseconds, ascending);
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += self->nanoseconds[i];
  printf("\"mean\":%.3f,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f", sum / (double)n / 1e3,
         self->nanoseconds[n / 2] / 1e3, self->nanoseconds[n * 99 / 100] / 1e3,
         self->nanoseconds[n - 1] / 1e3);
}

void cpu_print(void) { printf("\"cpu\":%.0f", seconds_of(CLOCK_PROCESS_CPUTIME_ID) * 1e6); }

static long resident(void) {
  long size = 0, pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return 0;
  if (fscanf(file, "%ld %ld", &size, &pages) != 2) pages = 0;
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

void sample_print(void) {
  double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) * 1e6;
  printf("{\"cpu\":%.0f,\"main\":%.0f,\"wall\":%.0f,\"rss\":%ld}\n", cpu, cpu, now() * 1e6,
         resident());
  fflush(stdout);
}
