// A power cut, for tests. Preloaded into a process that uses SQLite, it keeps an image of what a
// power cut would leave of a folder, and at a chosen sync ends the process.
//
//   POWER_CUT_FOLDER  the folder
//   POWER_CUT_IMAGE   another, to which goes what has become durable
//   POWER_CUT_AT      the number of the sync, from 1, that the cut meets; 0: none
//   POWER_CUT_SEED    for what is left to chance
//   POWER_CUT_NORMAL  if set, what asks SQLite for synchronous = FULL gets NORMAL instead
//
// Writes become durable by a sync of their file; some earlier, for the kernel may write back when
// it likes. A truncation becomes durable with its file, a deletion with its folder.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { block_size = 4096, longest_sync_ms = 20 };

typedef struct range {
  sqlite3_int64 begin, end;
} range;

// A file of the folder, and how it differs from its image. Never freed.
typedef struct tracked {
  struct tracked* next;
  char* name;               // within the folder
  range* dirty;             // written since the last sync
  size_t count, capacity;   // of dirty
  sqlite3_int64 shrunk_to;  // the least size since the last sync; -1: it only grew
  bool deleted;
} tracked;

// What SQLite takes for its file; the real one lies behind it.
typedef struct watched {
  sqlite3_file base;
  tracked* file;
  bool syncs_folder;  // as the real one, which then syncs a new journal's or log's folder as well
} watched;

static sqlite3_vfs* real_vfs;
static const char* folder;
static int image;  // folder
static long cut_at, syncs;
static unsigned long long chance_state;
static tracked* files;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;  // guards all that is not constant

static sqlite3_file* real(sqlite3_file* file) { return (sqlite3_file*)((watched*)file + 1); }

// A test must not pass because this here did not work.
static void check(bool good, const char* what) {
  if (good) return;
  perror(what);
  abort();
}

// One of so many.
static unsigned chance(unsigned of) {  // xorshift64*
  chance_state ^= chance_state >> 12;
  chance_state ^= chance_state << 25;
  chance_state ^= chance_state >> 27;
  return (unsigned)((chance_state * 0x2545F4914F6CDD1DULL) >> 33) % of;
}

static int open_image(const tracked* file) {
  const int opened = openat(image, file->name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  check(opened >= 0, "power cut: the image");
  return opened;
}

static void copy(sqlite3_file* from, int to, sqlite3_int64 begin, sqlite3_int64 end) {
  char block[block_size];
  while (begin < end) {
    sqlite3_int64 next = (begin / block_size + 1) * block_size;
    if (next > end) next = end;
    const int size = (int)(next - begin);
    const int result = real(from)->pMethods->xRead(real(from), block, size, begin);
    // What was cut off since is read as zeros, and goes with the size.
    check(result == SQLITE_OK || result == SQLITE_IOERR_SHORT_READ, "power cut: read");
    check(pwrite(to, block, (size_t)size, begin) == size, "power cut: write");
    begin = next;
  }
}

// Each block or not, by chance.
static void copy_some(sqlite3_file* from, int to, sqlite3_int64 begin, sqlite3_int64 end) {
  while (begin < end) {
    sqlite3_int64 next = (begin / block_size + 1) * block_size;
    if (next > end) next = end;
    if (chance(2) == 0) copy(from, to, begin, next);
    begin = next;
  }
}

static void shrink(tracked* file, int to) {
  struct stat status;
  check(fstat(to, &status) == 0, "power cut: the image's size");
  if (file->shrunk_to >= 0 && file->shrunk_to < status.st_size) {
    check(ftruncate(to, file->shrunk_to) == 0, "power cut: truncate");
  }
  file->shrunk_to = -1;
}

static void note(tracked* file, sqlite3_int64 begin, sqlite3_int64 end) {
  if (file->count > 0 && file->dirty[file->count - 1].end == begin) {
    file->dirty[file->count - 1].end = end;
    return;
  }
  if (file->count == file->capacity) {
    file->capacity = file->capacity * 2 + 16;
    file->dirty = realloc(file->dirty, file->capacity * sizeof *file->dirty);
    check(file->dirty != NULL, "power cut: memory");
  }
  file->dirty[file->count++] = (range){begin, end};
}

static void sync_folder(void) {
  for (const tracked* file = files; file != NULL; file = file->next) {
    if (file->deleted) unlinkat(image, file->name, 0);  // it may never have become durable
  }
}

static void sync_file(sqlite3_file* from) {
  watched* const handle = (watched*)from;
  tracked* const file = handle->file;
  const int to = open_image(file);
  shrink(file, to);
  for (size_t i = 0; i < file->count; ++i) copy(from, to, file->dirty[i].begin, file->dirty[i].end);
  file->count = 0;
  sqlite3_int64 size = 0;
  check(real(from)->pMethods->xFileSize(real(from), &size) == SQLITE_OK, "power cut: size");
  check(ftruncate(to, size) == 0, "power cut: the image's size");
  close(to);
  if (handle->syncs_folder) sync_folder();
}

static void sync_some(sqlite3_file* from) {
  tracked* const file = ((watched*)from)->file;
  const int to = open_image(file);
  shrink(file, to);
  for (size_t i = 0; i < file->count; ++i) {
    copy_some(from, to, file->dirty[i].begin, file->dirty[i].end);
  }
  close(to);
}

static void cut(sqlite3_file* file) {
  // A disk takes its time, in which everybody who does not wait for this sync goes on.
  const struct timespec time = {0, (long)chance(longest_sync_ms * 1000) * 1000};
  nanosleep(&time, NULL);
  switch (chance(4)) {
    case 0:
      sync_file(file);
      break;
    case 1:
      sync_some(file);
      break;
    default:
      break;
  }
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static int on_write(sqlite3_file* to, const void* bytes, int size, sqlite3_int64 offset) {
  pthread_mutex_lock(&mutex);
  const int result = real(to)->pMethods->xWrite(real(to), bytes, size, offset);
  tracked* const file = ((watched*)to)->file;
  note(file, offset, offset + size);
  if (chance(8) == 0) {
    const int early = open_image(file);
    shrink(file, early);
    copy_some(to, early, offset, offset + size);
    close(early);
  }
  pthread_mutex_unlock(&mutex);
  return result;
}

static int on_truncate(sqlite3_file* to, sqlite3_int64 size) {
  pthread_mutex_lock(&mutex);
  tracked* const file = ((watched*)to)->file;
  if (file->shrunk_to < 0 || size < file->shrunk_to) file->shrunk_to = size;
  const int result = real(to)->pMethods->xTruncate(real(to), size);
  pthread_mutex_unlock(&mutex);
  return result;
}

// Without the real one: only the image tells what is durable.
static int on_sync(sqlite3_file* file, int flags) {
  (void)flags;
  pthread_mutex_lock(&mutex);
  if (++syncs == cut_at) cut(file);
  sync_file(file);
  ((watched*)file)->syncs_folder = false;
  pthread_mutex_unlock(&mutex);
  return SQLITE_OK;
}

static int on_delete(sqlite3_vfs* vfs, const char* path, int sync) {
  (void)vfs;
  const size_t length = strlen(folder);
  if (strncmp(path, folder, length) != 0) return real_vfs->xDelete(real_vfs, path, sync);
  pthread_mutex_lock(&mutex);
  const int result = real_vfs->xDelete(real_vfs, path, sync);
  for (tracked* file = files; file != NULL; file = file->next) {
    if (strcmp(file->name, path + length) != 0) continue;
    file->deleted = true;
    file->count = 0;
    file->shrunk_to = 0;  // should it be made anew
  }
  if (sync) sync_folder();
  pthread_mutex_unlock(&mutex);
  return result;
}

static tracked* track(const char* name) {
  tracked* file = files;
  while (file != NULL && strcmp(file->name, name) != 0) file = file->next;
  if (file == NULL) {
    file = calloc(1, sizeof *file);
    check(file != NULL, "power cut: memory");
    file->name = strdup(name);
    file->shrunk_to = -1;
    file->next = files;
    files = file;
  }
  file->deleted = false;
  return file;
}

// The rest is left to the real file.
static int on_close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
static int on_read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), to, size, offset);
}
static int on_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
static int on_lock(sqlite3_file* file, int lock) {
  return real(file)->pMethods->xLock(real(file), lock);
}
static int on_unlock(sqlite3_file* file, int lock) {
  return real(file)->pMethods->xUnlock(real(file), lock);
}
static int on_check_lock(sqlite3_file* file, int* is) {
  return real(file)->pMethods->xCheckReservedLock(real(file), is);
}
static int on_control(sqlite3_file* file, int what, void* about) {
  return real(file)->pMethods->xFileControl(real(file), what, about);
}
static int on_sector_size(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
static int on_characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
static int on_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, at);
}
static int on_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
static void on_shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
static int on_shm_unmap(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

// Of version 2: without memory-mapped pages, which could be written unseen.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector_size,
    .xDeviceCharacteristics = on_characteristics,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

static int on_open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags,
                   int* granted) {
  (void)vfs;
  const size_t length = strlen(folder);
  if (path == NULL || strncmp(path, folder, length) != 0) {
    return real_vfs->xOpen(real_vfs, path, file, flags, granted);
  }
  file->pMethods = NULL;
  const int result = real_vfs->xOpen(real_vfs, path, real(file), flags, granted);
  if (result != SQLITE_OK) return result;
  watched* const handle = (watched*)file;
  pthread_mutex_lock(&mutex);
  handle->file = track(path + length);
  pthread_mutex_unlock(&mutex);
  handle->syncs_folder =
      (flags & SQLITE_OPEN_CREATE) != 0 &&
      (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  handle->base.pMethods = &methods;
  return SQLITE_OK;
}

__attribute__((constructor)) static void plug_in(void) {
  const char* const path = getenv("POWER_CUT_FOLDER");
  const char* const image_path = getenv("POWER_CUT_IMAGE");
  const char* const at = getenv("POWER_CUT_AT");
  const char* const seed = getenv("POWER_CUT_SEED");
  check(path && image_path && at && seed, "power cut: its environment variables are not set");
  char* prefix = NULL;
  check(asprintf(&prefix, "%s/", path) > 0, "power cut: memory");
  folder = prefix;
  image = open(image_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  check(image >= 0, image_path);
  cut_at = atol(at);
  chance_state = strtoull(seed, NULL, 10) * 2 + 1;  // never 0

  static sqlite3_vfs vfs;
  check(sqlite3_initialize() == SQLITE_OK, "power cut: SQLite");
  real_vfs = sqlite3_vfs_find(NULL);
  vfs = *real_vfs;
  vfs.pNext = NULL;
  vfs.zName = "power-cut";
  vfs.szOsFile = real_vfs->szOsFile + (int)sizeof(watched);
  vfs.xOpen = on_open;
  vfs.xDelete = on_delete;
  check(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK, "power cut: registration");
}

// In place of SQLite's own, which it calls.
int sqlite3_exec(sqlite3* database, const char* sql, int (*each)(void*, int, char**, char**),
                 void* about, char** message) {
  static int (*real_exec)(sqlite3*, const char*, int (*)(void*, int, char**, char**), void*,
                          char**);
  if (real_exec == NULL) *(void**)&real_exec = dlsym(RTLD_NEXT, "sqlite3_exec");
  static const char full[] = "synchronous = FULL";
  const char* const found = sql != NULL ? strstr(sql, full) : NULL;
  if (getenv("POWER_CUT_NORMAL") == NULL || found == NULL) {
    return real_exec(database, sql, each, about, message);
  }
  char* text = NULL;
  check(asprintf(&text, "%.*ssynchronous = NORMAL%s", (int)(found - sql), sql,
                 found + sizeof full - 1) > 0,
        "power cut: memory");
  const int result = real_exec(database, text, each, about, message);
  free(text);
  return result;
}
