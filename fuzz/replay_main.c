/*
 * Runs one fuzzer over kept inputs, without libFuzzer, so that every build replays the corpus:
 * replay_NAME FILE-OR-FOLDER... Ends by the crash of the target or with the count of inputs.
 */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MAX = 16 * 1024 * 1024, PATH_SIZE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static void file_replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    if (!file || !data) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    size_t size = fread(data, 1, INPUT_MAX, file);
    (void)fclose(file);
    /* A copy of the exact size, so that the address sanitizer sees a read past its end. */
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        exit(1);
    memcpy(exact, data, size);
    free(data);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    replayed++;
}

static void folder_replay(const char *path);

static void path_replay(const char *path)
{
    struct stat found;
    if (stat(path, &found) != 0) {
        (void)fprintf(stderr, "cannot find %s\n", path);
        exit(1);
    }
    if (S_ISDIR(found.st_mode))
        folder_replay(path);
    else
        file_replay(path);
}

static void folder_replay(const char *path)
{
    struct dirent **names = NULL;
    int count = scandir(path, &names, NULL, alphasort);
    for (int index = 0; index < count; index++) {
        char inner[PATH_SIZE];
        (void)snprintf(inner, sizeof inner, "%s/%s", path, names[index]->d_name);
        if (strcmp(names[index]->d_name, ".") != 0 && strcmp(names[index]->d_name, "..") != 0)
            path_replay(inner);
        free(names[index]);
    }
    free((void *)names);
}

int main(int argument_count, char **arguments)
{
    for (int index = 1; index < argument_count; index++)
        path_replay(arguments[index]);
    (void)printf("replayed %u inputs\n", replayed);
    return replayed ? 0 : 1;
}
