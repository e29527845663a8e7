#define _GNU_SOURCE
#include "confinement.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

// Landlock as Linux 6.12 has it: the headers of the system that builds may be older than the kernel that runs.
#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1

struct ruleset {
  uint64_t files, network, scoped;
};

struct path_beneath {
  uint64_t allowed;
  int32_t directory;
} __attribute__((packed));

// What making a tree takes: nothing in it is read or run.
static const uint64_t write_file = 1 << 1;
static const uint64_t read_file = 1 << 2;
static const uint64_t read_directory = 1 << 3;
static const uint64_t remove_file = 1 << 5;
static const uint64_t make_devices = 1 << 6 | 1 << 11;
// Directories, files, sockets, fifos and symbolic links.
static const uint64_t make_others = 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 12;
static const uint64_t version_1 = (1 << 13) - 1;
static const uint64_t refer = 1 << 13;
static const uint64_t truncate_files = 1 << 14;
static const uint64_t ioctl_devices = 1 << 15;
static const uint64_t bind_and_connect_tcp = 3;
static const uint64_t abstract_sockets_and_signals = 3;

// Every right that a version of the interface knows: what is not named here stays allowed.
static struct ruleset rights(long version) {
  struct ruleset all = {.files = version_1};
  if (version >= 2) all.files |= refer;
  if (version >= 3) all.files |= truncate_files;
  if (version >= 4) all.network = bind_and_connect_tcp;
  if (version >= 5) all.files |= ioctl_devices;
  if (version >= 6) all.scoped = abstract_sockets_and_signals;
  return all;
}

static int add_rule(int ruleset, uint64_t allowed, int directory) {
  struct path_beneath beneath = {.allowed = allowed, .directory = directory};
  return syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &beneath, 0) == 0 ? 0 : -errno;
}

int clinux_confine_paths(int directory, int makes_devices, const int *readable, int readable_count) {
  long version = syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
  if (version < 0) return -errno;
  if (directory >= 0 && version < 2) return -EOPNOTSUPP;
  struct ruleset all = rights(version);
  int ruleset = (int)syscall(CREATE_RULESET, &all, sizeof all, 0);
  if (ruleset < 0) return -errno;
  int failure = 0;
  if (directory >= 0) {
    uint64_t needed = write_file | read_directory | remove_file | make_others | refer | truncate_files;
    if (makes_devices) needed |= make_devices;
    failure = add_rule(ruleset, all.files & needed, directory);
  }
  for (int i = 0; i < readable_count && failure == 0; i++)
    failure = add_rule(ruleset, read_file | read_directory, readable[i]);
  if (failure == 0 && syscall(RESTRICT_SELF, ruleset, 0) != 0) failure = -errno;
  close(ruleset);
  return failure;
}
