// LD_PRELOAD library that lets the n-th change of a file fail, or ends the process there, and that
// remembers what a power cut would leave.
//
//   RF_SHIM_FOLDER    changes under this folder count, but not those under its redis/
//   RF_SHIM_PROGRAM   only a program of this name is looked at, and what it forks
//   RF_SHIM_STATE     file of a struct State: shared with forked children, read by the suite
//   RF_SHIM_AT        n, from 1; 0: count only
//   RF_SHIM_MODE      eio, enospc, short, kill-before, kill-after
//   RF_SHIM_SHADOW    folder that gets a copy of each file as its latest fsync left it ("<inode>"),
//                     and of each folder's entries at its latest fsync ("dir-<inode>")
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct State {
  uint64_t calls;
  uint64_t fired;
  char what[48];
  char path[400];
};

enum Mode { kNone, kEio, kEnospc, kShort, kKillBefore, kKillAfter };

static struct State* state;
static const char* folder;
static const char* shadow;
static uint64_t at;
static enum Mode mode;
static __thread int inside;  // the shim's own calls are not looked at

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static enum Mode ModeOf(const char* name) {
  static const char* const names[] = {"none",  "eio",         "enospc",
                                      "short", "kill-before", "kill-after"};
  for (int i = 0; name != NULL && i < 6; ++i) {
    if (strcmp(name, names[i]) == 0) return (enum Mode)i;
  }
  return kNone;
}

__attribute__((constructor)) static void Start(void) {
  const char* program = getenv("RF_SHIM_PROGRAM");
  const char* file = getenv("RF_SHIM_STATE");
  if (program == NULL || file == NULL || getenv("RF_SHIM_FOLDER") == NULL) return;
  if (strcmp(program, program_invocation_short_name) != 0) return;
  const int descriptor = REAL(open)(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0 || REAL(ftruncate)(descriptor, sizeof(struct State)) != 0) abort();
  state = mmap(NULL, sizeof(struct State), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (state == MAP_FAILED) abort();
  folder = getenv("RF_SHIM_FOLDER");
  shadow = getenv("RF_SHIM_SHADOW");
  at = getenv("RF_SHIM_AT") == NULL ? 0 : strtoull(getenv("RF_SHIM_AT"), NULL, 10);
  mode = ModeOf(getenv("RF_SHIM_MODE"));
}

static int IsOurs(const char* path) {
  const size_t length = strlen(folder);
  if (strncmp(path, folder, length) != 0) return 0;
  if (path[length] != '/' && path[length] != 0) return 0;
  return strncmp(path + length, "/redis", 6) != 0;
}

// The path behind a descriptor; 0 when it is none of ours.
static int PathOf(int descriptor, char* path) {
  char link[40];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, PATH_MAX - 1);
  if (size <= 0) return 0;
  path[size] = 0;
  return IsOurs(path);
}

static int PathAt(int base, const char* name, char* path) {
  if (name[0] == '/') {
    snprintf(path, PATH_MAX, "%s", name);
    return IsOurs(path);
  }
  char start[PATH_MAX];
  if (base == AT_FDCWD) {
    if (getcwd(start, sizeof(start)) == NULL) return 0;
  } else {
    char link[40];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", base);
    const ssize_t size = readlink(link, start, sizeof(start) - 1);
    if (size <= 0) return 0;
    start[size] = 0;
  }
  if ((size_t)snprintf(path, PATH_MAX, "%s/%s", start, name) >= PATH_MAX) return 0;
  return IsOurs(path);
}

static void Die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// Counts a change. What is to happen to it: kNone, a failure, or kKillAfter, which the caller sees
// through by calling After().
static enum Mode Before(const char* what, const char* path) {
  const uint64_t number = __atomic_add_fetch(&state->calls, 1, __ATOMIC_SEQ_CST);
  if (number != at || mode == kNone) return kNone;
  snprintf(state->what, sizeof(state->what), "%s", what);
  snprintf(state->path, sizeof(state->path), "%s", path + strlen(folder));
  __atomic_store_n(&state->fired, 1, __ATOMIC_SEQ_CST);
  if (mode == kKillBefore) Die();
  return mode;
}

static int Looked(void) { return state != NULL && inside == 0; }

// The failure of a call that can't be short.
static int Fails(enum Mode fate) {
  if (fate != kEio && fate != kEnospc && fate != kShort) return 0;
  errno = fate == kEio ? EIO : ENOSPC;
  return 1;
}

static void After(enum Mode fate) {
  if (fate == kKillAfter) Die();
}

// --- what is durable ---

static void CopyFile(int from, const char* to) {
  char part[PATH_MAX];
  char bytes[65536];
  snprintf(part, sizeof(part), "%s.part", to);
  const int out = REAL(open)(part, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (out < 0) abort();
  off_t place = 0;
  for (ssize_t got; (got = pread(from, bytes, sizeof(bytes), place)) > 0; place += got) {
    if (REAL(pwrite)(out, bytes, (size_t)got, place) != got) abort();
  }
  if (REAL(ftruncate)(out, place) != 0) abort();
  close(out);
  if (REAL(rename)(part, to) != 0) abort();
}

static void CopyEntries(const char* path, const char* to) {
  char part[PATH_MAX];
  snprintf(part, sizeof(part), "%s.part", to);
  FILE* out = fopen(part, "we");
  DIR* entries = opendir(path);
  if (out == NULL || entries == NULL) abort();
  for (struct dirent* entry; (entry = readdir(entries)) != NULL;) {
    if (entry->d_type == DT_REG) fprintf(out, "%llu %s\n", (long long)entry->d_ino, entry->d_name);
  }
  closedir(entries);
  if (fclose(out) != 0 || REAL(rename)(part, to) != 0) abort();
}

static void Remember(int descriptor, const char* path) {
  struct stat about;
  char to[PATH_MAX];
  if (shadow == NULL || fstat(descriptor, &about) != 0) return;
  inside = 1;
  const int is_folder = S_ISDIR(about.st_mode);
  snprintf(to, sizeof(to), "%s/%s%llu", shadow, is_folder ? "dir-" : "", (long long)about.st_ino);
  if (is_folder) {
    CopyEntries(path, to);
  } else if (S_ISREG(about.st_mode)) {
    // The program may have opened it for writing only.
    const int readable = REAL(open)(path, O_RDONLY | O_CLOEXEC);
    if (readable >= 0) {
      CopyFile(readable, to);
      close(readable);
    }
  }
  inside = 0;
}

// A new file under an inode that another one had has nothing durable.
static void ForgetInode(int descriptor) {
  struct stat about;
  char to[PATH_MAX];
  if (shadow == NULL || descriptor < 0 || fstat(descriptor, &about) != 0) return;
  snprintf(to, sizeof(to), "%s/%llu", shadow, (long long)about.st_ino);
  REAL(unlink)(to);
}

// --- the calls ---

#define WRITING(name, call, parameters, arguments, half)               \
  ssize_t name parameters {                                            \
    char path[PATH_MAX];                                               \
    if (!Looked() || !PathOf(descriptor, path)) return call arguments; \
    const enum Mode fate = Before(#name, path);                        \
    if (fate == kShort) {                                              \
      half;                                                            \
    }                                                                  \
    if (Fails(fate)) return -1;                                        \
    const ssize_t result = call arguments;                             \
    After(fate);                                                       \
    return result;                                                     \
  }

WRITING(write, REAL(write), (int descriptor, const void* bytes, size_t size),
        (descriptor, bytes, size), if (size > 1) return REAL(write)(descriptor, bytes, size / 2))
WRITING(pwrite, REAL(pwrite), (int descriptor, const void* bytes, size_t size, off_t place),
        (descriptor, bytes, size, place),
        if (size > 1) return REAL(pwrite)(descriptor, bytes, size / 2, place))
WRITING(pwrite64, REAL(pwrite64), (int descriptor, const void* bytes, size_t size, off64_t place),
        (descriptor, bytes, size, place),
        if (size > 1) return REAL(pwrite64)(descriptor, bytes, size / 2, place))
WRITING(writev, REAL(writev), (int descriptor, const struct iovec* parts, int count),
        (descriptor, parts, count),
        if (count > 1) return REAL(writev)(descriptor, parts, count / 2))
WRITING(pwritev, REAL(pwritev), (int descriptor, const struct iovec* parts, int count, off_t place),
        (descriptor, parts, count, place),
        if (count > 1) return REAL(pwritev)(descriptor, parts, count / 2, place))

#define ON_DESCRIPTOR(name, parameters, arguments, then)                     \
  int name parameters {                                                      \
    char path[PATH_MAX];                                                     \
    if (!Looked() || !PathOf(descriptor, path)) return REAL(name) arguments; \
    const enum Mode fate = Before(#name, path);                              \
    if (Fails(fate)) return -1;                                              \
    const int result = REAL(name) arguments;                                 \
    if (result == 0) {                                                       \
      then;                                                                  \
    }                                                                        \
    After(fate);                                                             \
    return result;                                                           \
  }

ON_DESCRIPTOR(fsync, (int descriptor), (descriptor), Remember(descriptor, path))
ON_DESCRIPTOR(fdatasync, (int descriptor), (descriptor), Remember(descriptor, path))
ON_DESCRIPTOR(ftruncate, (int descriptor, off_t size), (descriptor, size), )
ON_DESCRIPTOR(ftruncate64, (int descriptor, off64_t size), (descriptor, size), )
ON_DESCRIPTOR(fallocate, (int descriptor, int how, off_t from, off_t size),
              (descriptor, how, from, size), )
ON_DESCRIPTOR(fallocate64, (int descriptor, int how, off64_t from, off64_t size),
              (descriptor, how, from, size), )

// It returns the error and leaves errno alone.
static int Allocate(int descriptor, off_t from, off_t size) {
  char path[PATH_MAX];
  if (!Looked() || !PathOf(descriptor, path)) return REAL(posix_fallocate)(descriptor, from, size);
  const enum Mode fate = Before("posix_fallocate", path);
  if (Fails(fate)) return errno;
  const int result = REAL(posix_fallocate)(descriptor, from, size);
  After(fate);
  return result;
}
int posix_fallocate(int descriptor, off_t from, off_t size) {
  return Allocate(descriptor, from, size);
}
int posix_fallocate64(int descriptor, off64_t from, off64_t size) {
  return Allocate(descriptor, from, size);
}

static int Opened(int base, const char* name, int flags, mode_t rights) {
  char path[PATH_MAX];
  if (!Looked() || (flags & O_CREAT) == 0 || !PathAt(base, name, path)) {
    return REAL(openat)(base, name, flags, rights);
  }
  const int is_new = faccessat(base, name, F_OK, 0) != 0;
  const enum Mode fate = Before("open", path);
  if (Fails(fate)) return -1;
  const int result = REAL(openat)(base, name, flags, rights);
  if (is_new) ForgetInode(result);
  After(fate);
  return result;
}

#define OPENING(name, base, ...)                \
  int name(__VA_ARGS__, ...) {                  \
    mode_t rights = 0;                          \
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) { \
      va_list rest;                             \
      va_start(rest, flags);                    \
      rights = va_arg(rest, mode_t);            \
      va_end(rest);                             \
    }                                           \
    return Opened(base, path, flags, rights);   \
  }
OPENING(open, AT_FDCWD, const char* path, int flags)
OPENING(open64, AT_FDCWD, const char* path, int flags)
OPENING(openat, folder_, int folder_, const char* path, int flags)
OPENING(openat64, folder_, int folder_, const char* path, int flags)

static int Removed(const char* what, int base, const char* name, int flags) {
  char path[PATH_MAX];
  if (!Looked() || !PathAt(base, name, path)) return REAL(unlinkat)(base, name, flags);
  const enum Mode fate = Before(what, path);
  if (Fails(fate)) return -1;
  const int result = REAL(unlinkat)(base, name, flags);
  After(fate);
  return result;
}
int unlink(const char* name) { return Removed("unlink", AT_FDCWD, name, 0); }
int unlinkat(int base, const char* name, int flags) {
  return Removed("unlinkat", base, name, flags);
}

static int Renamed(int base, const char* name, int to_base, const char* to, unsigned flags) {
  char path[PATH_MAX];
  if (!Looked() || !PathAt(to_base, to, path)) {
    return REAL(renameat2)(base, name, to_base, to, flags);
  }
  const enum Mode fate = Before("rename", path);
  if (Fails(fate)) return -1;
  const int result = REAL(renameat2)(base, name, to_base, to, flags);
  After(fate);
  return result;
}
int rename(const char* name, const char* to) { return Renamed(AT_FDCWD, name, AT_FDCWD, to, 0); }
int renameat(int base, const char* name, int to_base, const char* to) {
  return Renamed(base, name, to_base, to, 0);
}
int renameat2(int base, const char* name, int to_base, const char* to, unsigned flags) {
  return Renamed(base, name, to_base, to, flags);
}
