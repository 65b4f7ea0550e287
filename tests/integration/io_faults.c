// A disk that fails, for tests. Preloaded into a process, it lets writes or syncs of a folder's
// files fail for as long as a flag file exists.
//
//   IO_FAULTS_FOLDER  the folder, as an absolute path
//   IO_FAULTS_FLAG    the flag file
//   IO_FAULTS_OF      "write" or "sync": what fails, with EIO
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool fails(int descriptor, const char* operation) {
  const char* const folder = getenv("IO_FAULTS_FOLDER");
  const char* const flag = getenv("IO_FAULTS_FLAG");
  const char* const failing = getenv("IO_FAULTS_OF");
  if (folder == NULL || flag == NULL || failing == NULL || strcmp(failing, operation) != 0) {
    return false;
  }
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = '\0';
  const size_t depth = strlen(folder);
  if (strncmp(path, folder, depth) != 0 || path[depth] != '/' || access(flag, F_OK) != 0) {
    return false;
  }
  errno = EIO;
  return true;
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
  if (fails(descriptor, "write")) return -1;
  ssize_t (*real)(int, const void*, size_t, off64_t) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "pwrite64");
  return real(descriptor, bytes, count, offset);
}

int fsync(int descriptor) {
  if (fails(descriptor, "sync")) return -1;
  int (*real)(int) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "fsync");
  return real(descriptor);
}

int fdatasync(int descriptor) {
  if (fails(descriptor, "sync")) return -1;
  int (*real)(int) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "fdatasync");
  return real(descriptor);
}
