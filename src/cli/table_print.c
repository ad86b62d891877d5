/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

enum { ROWS_MAX = 4096, CELL_WIDTH_MAX = 44, GAP = 2, TABLE_BYTES_MAX = 4 << 20 };

struct avt_table {
    size_t columns, rows;
    bool right[AVT_TABLE_COLUMNS_MAX];
    char **cells; /* [rows, columns]; row 0 is the headings */
};

struct avt_table *avt_table_new(const char *const *headings, size_t columns)
{
    avt_assert(columns > 0 && columns <= AVT_TABLE_COLUMNS_MAX);
    struct avt_table *table = avt_new0(struct avt_table, 1);
    const char *plain[AVT_TABLE_COLUMNS_MAX];
    table->columns = columns;
    for (size_t i = 0; i < columns; i++) {
        table->right[i] = headings[i][0] == '>';
        plain[i] = headings[i] + table->right[i];
    }
    avt_table_row(table, plain);
    return table;
}

void avt_table_row(struct avt_table *table, const char *const *cells)
{
    avt_assert(table->rows < ROWS_MAX);
    size_t count = (table->rows + 1) * table->columns;
    table->cells = avt_realloc(table->cells, count, sizeof(char *));
    for (size_t i = 0; i < table->columns; i++)
        table->cells[table->rows * table->columns + i] = avt_text_safe(cells[i] ? cells[i] : "");
    table->rows++;
}

static void measure(const struct avt_table *table, int ret_widths[AVT_TABLE_COLUMNS_MAX])
{
    for (size_t column = 0; column < table->columns; column++) {
        ret_widths[column] = 0;
        for (size_t row = 0; row < table->rows; row++) {
            int width = avt_text_width(table->cells[row * table->columns + column]);
            if (width > ret_widths[column])
                ret_widths[column] = width;
        }
        if (ret_widths[column] > CELL_WIDTH_MAX && column + 1 < table->columns)
            ret_widths[column] = CELL_WIDTH_MAX;
    }
}

/** Takes from the widest column but the last until the last one keeps a useful width. */
static void squeeze(const struct avt_table *table, int widths[AVT_TABLE_COLUMNS_MAX], int total)
{
    size_t last = table->columns - 1;
    int need = widths[last] < AVT_TERMINAL_WIDTH_MIN ? widths[last] : AVT_TERMINAL_WIDTH_MIN;
    for (;;) {
        int used = 0;
        size_t widest = 0;
        for (size_t i = 0; i < last; i++) {
            used += widths[i] + GAP;
            widest = widths[i] > widths[widest] ? i : widest;
        }
        if (used + need <= total || last == 0 || widths[widest] <= 4)
            return;
        widths[widest]--;
    }
}

static void print_row(const struct avt_table *table, size_t row, const int *widths, int width,
                      struct avt_buf *out)
{
    int indent = 0;
    for (size_t i = 0; i < table->columns; i++) {
        const char *cell = table->cells[row * table->columns + i];
        bool last = i + 1 == table->columns;
        if (last && !table->right[i]) {
            avt_text_wrap(out, cell, indent, width > 0 ? width : indent + widths[i] + 1, false);
            return;
        }
        AVT_CLEANUP(avt_freep) char *fitted = avt_text_fit(cell, widths[i]);
        int pad = widths[i] - avt_text_width(fitted);
        avt_buf_printf(out, "%*s%s", table->right[i] ? pad : 0, "", fitted);
        if (last)
            avt_buf_append_char(out, '\n');
        else
            avt_buf_printf(out, "%*s", (table->right[i] ? 0 : pad) + GAP, "");
        indent += widths[i] + GAP;
    }
}

void avt_table_print(const struct avt_table *table, FILE *out, int width)
{
    int widths[AVT_TABLE_COLUMNS_MAX];
    measure(table, widths);
    if (width > 0)
        squeeze(table, widths, width);
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(TABLE_BYTES_MAX);
    for (size_t row = 0; row < table->rows; row++)
        print_row(table, row, widths, width, &text);
    fputs(avt_buf_str(&text), out);
}

void avt_table_free(struct avt_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->rows * table->columns; i++)
        avt_free(table->cells[i]);
    avt_free(table->cells);
    avt_free(table);
}
