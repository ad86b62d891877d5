/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where model files are kept: the list of folders that registry.h names, best first. */
#include <stddef.h>

enum { AVT_MODEL_FOLDERS_MAX = 3 };

/* The version that the models were tried with; the library's file name carries it. */
#define AVT_RUNTIME_VERSION "1.32.0"
#define AVT_RUNTIME_NAME    "libonnxruntime.so." AVT_RUNTIME_VERSION
#define AVT_RUNTIME_FILE    "onnxruntime/" AVT_RUNTIME_NAME
/* The newest build with CUDA: it lags behind, and has the same interface. */
#define AVT_RUNTIME_GPU_FILE "onnxruntime-gpu/libonnxruntime.so.1.31.1"

/** Folders in search order, owned by the caller each; returns how many. They need not exist. */
size_t avt_model_folders(char *ret_folders[AVT_MODEL_FOLDERS_MAX]);
/** The first existing `file` (relative to a model folder), owned by the caller; NULL if none. */
char *avt_model_find(const char *file);
/** ONNX Runtime's library as `./dev install` puts it: <prefix>/lib/avatar. Owned; NULL if not there. */
char *avt_runtime_find_installed(void);
