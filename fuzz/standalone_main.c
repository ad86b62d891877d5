/* SPDX-License-Identifier: Apache-2.0 */
/* Replays the files of the folders named as arguments through one fuzzer, without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "os/paths.h"

enum { INPUT_BYTES_MAX = 1 << 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    struct avt_error error = {0};
    if (avt_file_read(path, INPUT_BYTES_MAX, &data, &size, &error) != AVT_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    /* A copy of exact size, so that a sanitizer sees one byte too far. */
    uint8_t *exact = malloc(size ? size : 1);
    for (size_t i = 0; exact && i < size; i++)
        exact[i] = (uint8_t)data[i];
    int bad = exact ? LLVMFuzzerTestOneInput(exact, size) : 1;
    avt_free(exact);
    return bad;
}

static int replay_folder(const char *folder, int *count)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return 1;
    int bad = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, entry->d_name);
        bad |= replay_file(path);
        ++*count;
    }
    closedir(dir);
    return bad;
}

int main(int argc, char **argv)
{
    int bad = 0, count = 0;
    for (int i = 1; i < argc; i++)
        bad |= replay_folder(argv[i], &count);
    printf("%d inputs replayed\n", count);
    return bad || count == 0;
}
