// A system that is short of resources, for tests. Preloaded into a process.
//
//   RESOURCE_FAULTS_NO_THREADS   a flag file: while it exists no thread can be started
//   RESOURCE_FAULTS_SEND_BUFFER  of sockets, in bytes, in place of the system's
//   RESOURCE_FAULTS_FULL_PIPE    if set, others fill a pipe once poll has told that it has room
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  const char* const flag = getenv("RESOURCE_FAULTS_NO_THREADS");
  if (flag != NULL && access(flag, F_OK) == 0) return EAGAIN;
  int (*real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "pthread_create");
  return real(thread, attributes, start, argument);
}

int socket(int domain, int type, int protocol) {
  int (*real)(int, int, int) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "socket");
  const int made = real(domain, type, protocol);
  const char* const bytes = getenv("RESOURCE_FAULTS_SEND_BUFFER");
  if (made < 0 || bytes == NULL) return made;
  const int size = atoi(bytes);
  setsockopt(made, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return made;
}

static void fill(int fd) {
  struct stat about;
  if (fstat(fd, &about) != 0 || !S_ISFIFO(about.st_mode)) return;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const int other = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  const char zeros[4096] = {0};
  while (write(other, zeros, sizeof zeros) > 0) continue;
  close(other);
}

int poll(struct pollfd* watched, nfds_t count, int timeout) {
  int (*real)(struct pollfd*, nfds_t, int) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "poll");
  const int ready = real(watched, count, timeout);
  if (getenv("RESOURCE_FAULTS_FULL_PIPE") == NULL) return ready;
  for (nfds_t i = 0; i < count; ++i) {
    if (watched[i].revents & POLLOUT) fill(watched[i].fd);
  }
  return ready;
}
