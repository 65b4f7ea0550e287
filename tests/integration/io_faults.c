// A disk that fails, for tests. Preloaded into a process, it lets an operation on a folder's files
// fail for as long as a flag file exists.
//
//   IO_FAULTS_FOLDER  the folder, as an absolute path
//   IO_FAULTS_FLAG    the flag file
//   IO_FAULTS_OF      "read", "write", "sync", "truncate" or "map": what fails, with EIO
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

ssize_t pread64(int descriptor, void* bytes, size_t count, off64_t offset) {
  if (fails(descriptor, "read")) return -1;
  ssize_t (*real)(int, void*, size_t, off64_t) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "pread64");
  return real(descriptor, bytes, count, offset);
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

int ftruncate64(int descriptor, off64_t size) {
  if (fails(descriptor, "truncate")) return -1;
  int (*real)(int, off64_t) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "ftruncate64");
  return real(descriptor, size);
}

void* mmap64(void* address, size_t size, int protection, int flags, int descriptor,
             off64_t offset) {
  if (descriptor >= 0 && fails(descriptor, "map")) return MAP_FAILED;
  void* (*real)(void*, size_t, int, int, int, off64_t) = NULL;
  *(void**)&real = dlsym(RTLD_NEXT, "mmap64");
  return real(address, size, protection, flags, descriptor, offset);
}
