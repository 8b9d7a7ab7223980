#ifndef BH_OS_FILE_H
#define BH_OS_FILE_H
/* Small whole files: settings, keys, imports, exports. The database's own files are not touched here. */
#include "base/text.h"

BH_MUST_USE bool file_make_folder(const char *path,
                                  struct bh_err *err); /* mode 0700; existing is fine */
bool file_exists(const char *path);
bool file_is_private(const char *path);      /* nobody but its owner may read or write it */
bool file_folder_is_empty(const char *path); /* also true when there is none */
/* Reads a whole file of at most max bytes into the buffer (initialised here). */
BH_MUST_USE bool file_read(const char *path, size_t max, struct bh_buf *ret, struct bh_err *err);
/* Writes beside, syncs, renames: the file is there whole or not at all. mode as of chmod. */
BH_MUST_USE bool file_write(const char *path, struct bh_str bytes, unsigned mode,
                            struct bh_err *err);
/* Adds to the end and syncs; creates with mode. */
BH_MUST_USE bool file_append(const char *path, struct bh_str bytes, unsigned mode,
                             struct bh_err *err);
/* What was written to it, by whom ever, is on the disk, and so is its name. */
BH_MUST_USE bool file_sync(const char *path, struct bh_err *err);
BH_MUST_USE bool file_remove(const char *path, struct bh_err *err); /* missing is fine */
/* Gives a file, already synced, its name, and syncs the folder. */
BH_MUST_USE bool file_rename(const char *from, const char *to, struct bh_err *err);
BH_MUST_USE bool file_bytes(const char *path, int64_t *ret, struct bh_err *err);
/* Shortens to `bytes` and syncs. */
BH_MUST_USE bool file_cut(const char *path, int64_t bytes, struct bh_err *err);
/* A file that holds room on the disk, without content. FULL when there is not that much: then there is none. */
BH_MUST_USE bool file_reserve(const char *path, int64_t bytes, struct bh_err *err);

/* A file that lies in memory only, for libraries that write to a name: path is good until it is taken. */
enum { FILE_MEMORY_PATH = 32 };
BH_MUST_USE bool file_memory_open(int *ret_handle, char ret_path[FILE_MEMORY_PATH],
                                  struct bh_err *err);
/* Its content, at most max bytes, into the buffer (initialised here); the file is gone in any case. */
BH_MUST_USE bool file_memory_take(int handle, size_t max, struct bh_buf *ret, struct bh_err *err);

/* To hand over to the disk, piece by piece, what was written to a file under another handle, so that the sync which
 * follows is short. A hint: nothing is durable before that sync. Closing any handle of a file drops the process's locks on
 * it: a database's is closed after the database. Below 0: not possible, and file_hand_over does nothing. */
int file_handle(const char *path);
void file_hand_over(int handle, int64_t from, int64_t bytes);
void file_handle_close(int handle);

/* One holder at a time, released when the process ends; BUSY when another holds it. Returns a handle >= 0. */
BH_MUST_USE bool file_lock(const char *path, int *ret, struct bh_err *err);
void file_unlock(int handle);

#endif
