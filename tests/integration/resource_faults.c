// A system that is short of resources, for tests. Preloaded into a process.
//
//   RESOURCE_FAULTS_NO_THREADS   a flag file: while it exists no thread can be started
//   RESOURCE_FAULTS_SEND_BUFFER  of sockets, in bytes, in place of the system's
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
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
