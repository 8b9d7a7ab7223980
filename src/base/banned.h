#ifndef BH_BASE_BANNED_H
#define BH_BASE_BANNED_H
/*
 * Functions nobody may call, included before every file by the build. A call is a warning of the
 * kind "deprecated", and warnings are errors. What is banned only in some folders (malloc outside
 * base/, the clock outside os/, sqlite3 outside store/) is checked by tools/banned.py.
 */
#ifndef __ASSEMBLER__ /* the table of embedded files passes here too */
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef alloca
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
/* clang sees atoi as already defined inline; there gcc and tools/banned.py notice it. */
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif
#define BH_BANNED(instead) __attribute__((deprecated("banned here; use " instead)))

BH_BANNED("a bounded buffer") char *strcpy(char *to, const char *from);
BH_BANNED("a bounded buffer") char *strcat(char *to, const char *from);
BH_BANNED("a bounded buffer") char *strncpy(char *to, const char *from, size_t size);
BH_BANNED("a bounded buffer") char *strncat(char *to, const char *from, size_t size);
BH_BANNED("snprintf") int sprintf(char *to, const char *format, ...);
BH_BANNED("a counted walk") char *strtok(char *text, const char *separators);
BH_BANNED("a checked parse") int atoi(const char *text);
BH_BANNED("a checked parse") long atol(const char *text);
BH_BANNED("time arithmetic of base/") struct tm *gmtime(const time_t *when);
BH_BANNED("time arithmetic of base/") struct tm *localtime(const time_t *when);
BH_BANNED("the random table of os/") int rand(void);
BH_BANNED("nothing: no shell") int system(const char *command);
BH_BANNED("nothing: no shell") FILE *popen(const char *command, const char *mode);
BH_BANNED("an arena") void *alloca(size_t size);
BH_BANNED("settings") int setenv(const char *name, const char *value, int overwrite);

#undef BH_BANNED
#pragma GCC diagnostic pop
#endif
#endif
