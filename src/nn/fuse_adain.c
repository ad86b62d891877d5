/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nn/fuse.h"

enum { ATTRIBUTES_BYTES_MAX = 1 << 10, TIME_AXIS = 2 };

/* One chain, by node. */
struct chain {
    int mean, sub, square, variance, add, root, div, scale, shift;
    struct avt_slice x, gamma, beta;
    float epsilon;
    /* Snake; angle is AVT_ONNX_NONE without. */
    int angle, sine, power, amount, sum;
    struct avt_slice alpha, one_by_alpha;
};

/* ReduceMean over time alone that keeps the axis. */
static bool is_mean_over_time(const struct avt_onnx_graph *graph, int node)
{
    struct avt_onnx_tensor axes;
    int64_t axis = 0, keep = 1;
    size_t count = 0;
    if (node == AVT_ONNX_NONE ||
        !avt_onnx_initializer(graph, graph->nodes[node].inputs[1], &axes) ||
        axes.type != AVT_ONNX_INT64 || axes.count != 1 || axes.raw.size != sizeof(axis) ||
        !avt_onnx_read_ints(&graph->nodes[node], "keepdims", &keep, 1, &count))
        return false;
    memcpy(&axis, axes.raw.data, sizeof(axis));
    return (axis == TIME_AXIS || axis == -1) && (count == 0 || keep == 1);
}

/* A node that nothing outside the chain reads. */
static bool is_read(const struct avt_onnx_graph *graph, int node, int times)
{
    return avt_onnx_find(graph, graph->nodes[node].outputs[0])->uses == times;
}

/* From Sqrt back to the variance. */
static bool find_variance(const struct avt_onnx_graph *graph, struct chain *chain)
{
    const struct avt_onnx_node *nodes = graph->nodes;
    chain->add = avt_onnx_producer(graph, nodes[chain->root].inputs[0], "Add", 2);
    if (chain->add == AVT_ONNX_NONE ||
        !avt_onnx_scalar(graph, nodes[chain->add].inputs[1], &chain->epsilon))
        return false;
    chain->variance = avt_onnx_producer(graph, nodes[chain->add].inputs[0], "ReduceMean", 2);
    if (!is_mean_over_time(graph, chain->variance))
        return false;
    chain->square = avt_onnx_producer(graph, nodes[chain->variance].inputs[0], "Mul", 2);
    return chain->square != AVT_ONNX_NONE &&
           avt_slice_equal(nodes[chain->square].inputs[0], nodes[chain->square].inputs[1]);
}

/* The deviation: x less its mean, which the squares are of too. */
static bool find_deviation(const struct avt_onnx_graph *graph, struct chain *chain)
{
    const struct avt_onnx_node *nodes = graph->nodes;
    struct avt_slice deviation = nodes[chain->div].inputs[0];
    chain->sub = avt_onnx_producer(graph, deviation, "Sub", 2);
    if (chain->sub == AVT_ONNX_NONE || !avt_slice_equal(deviation, nodes[chain->square].inputs[0]))
        return false;
    chain->x = nodes[chain->sub].inputs[0];
    chain->mean = avt_onnx_producer(graph, nodes[chain->sub].inputs[1], "ReduceMean", 2);
    return is_mean_over_time(graph, chain->mean) &&
           avt_slice_equal(chain->x, nodes[chain->mean].inputs[0]);
}

static bool find_normalisation(const struct avt_onnx_graph *graph, int div, struct chain *chain)
{
    const struct avt_onnx_node *nodes = graph->nodes;
    *chain = (struct chain){.div = div, .angle = AVT_ONNX_NONE};
    if (graph->dead[div] || !avt_slice_is(nodes[div].op_type, "Div") ||
        nodes[div].input_count != 2 || nodes[div].output_count != 1)
        return false;
    chain->root = avt_onnx_producer(graph, nodes[div].inputs[1], "Sqrt", 1);
    if (chain->root == AVT_ONNX_NONE || !find_variance(graph, chain) ||
        !find_deviation(graph, chain))
        return false;
    chain->scale = avt_onnx_sole_user(graph, div, "Mul", 2);
    if (chain->scale == AVT_ONNX_NONE)
        return false;
    chain->shift = avt_onnx_sole_user(graph, chain->scale, "Add", 2);
    if (chain->shift == AVT_ONNX_NONE)
        return false;
    chain->gamma = avt_onnx_other(&nodes[chain->scale], nodes[div].outputs[0]);
    chain->beta = avt_onnx_other(&nodes[chain->shift], nodes[chain->scale].outputs[0]);
    return is_read(graph, chain->mean, 1) && is_read(graph, chain->sub, 3) &&
           is_read(graph, chain->square, 1) && is_read(graph, chain->variance, 1) &&
           is_read(graph, chain->add, 1) && is_read(graph, chain->root, 1);
}

/* From a Sin: y + one_by_alpha * sin(alpha * y)^2. */
static bool find_snake(const struct avt_onnx_graph *graph, int sine, struct chain *chain,
                       struct avt_slice *ret_y)
{
    const struct avt_onnx_node *nodes = graph->nodes;
    struct avt_onnx_tensor alpha, by_alpha;
    float exponent = 0.0f;
    chain->sine = sine;
    chain->angle = avt_onnx_producer(graph, nodes[sine].inputs[0], "Mul", 2);
    chain->power = avt_onnx_sole_user(graph, sine, "Pow", 2);
    if (chain->angle == AVT_ONNX_NONE || chain->power == AVT_ONNX_NONE ||
        !avt_onnx_scalar(graph, nodes[chain->power].inputs[1], &exponent) || exponent != 2.0f)
        return false;
    chain->amount = avt_onnx_sole_user(graph, chain->power, "Mul", 2);
    if (chain->amount == AVT_ONNX_NONE)
        return false;
    chain->sum = avt_onnx_sole_user(graph, chain->amount, "Add", 2);
    if (chain->sum == AVT_ONNX_NONE)
        return false;
    struct avt_slice y = avt_onnx_other(&nodes[chain->sum], nodes[chain->amount].outputs[0]);
    chain->alpha = avt_onnx_other(&nodes[chain->angle], y);
    chain->one_by_alpha = avt_onnx_other(&nodes[chain->amount], nodes[chain->power].outputs[0]);
    *ret_y = y;
    return avt_slice_equal(avt_onnx_other(&nodes[chain->angle], chain->alpha), y) &&
           is_read(graph, chain->angle, 1) && avt_onnx_initializer(graph, chain->alpha, &alpha) &&
           alpha.type == AVT_ONNX_FLOAT &&
           avt_onnx_initializer(graph, chain->one_by_alpha, &by_alpha) &&
           by_alpha.type == AVT_ONNX_FLOAT && alpha.count == by_alpha.count;
}

static void replace(struct avt_onnx_graph *graph, const struct chain *chain)
{
    bool has_snake = chain->angle != AVT_ONNX_NONE;
    AVT_CLEANUP(avt_buf_done) struct avt_buf attributes = AVT_BUF_INIT(ATTRIBUTES_BYTES_MAX);
    avt_onnx_put_float(&attributes, "epsilon", chain->epsilon);
    struct avt_onnx_new_node node = {
        .op = AVT_ADAIN,
        .domain = AVT_DOMAIN,
        .inputs = {chain->x, chain->gamma, chain->beta, chain->alpha, chain->one_by_alpha},
        .input_count = has_snake ? 5 : 3,
        .output = graph->nodes[has_snake ? chain->sum : chain->shift].outputs[0],
        .attributes = attributes,
    };
    avt_onnx_add(graph, &node);
    const int gone[] = {chain->mean, chain->sub,   chain->square, chain->variance, chain->add,
                        chain->root, chain->div,   chain->scale,  chain->shift,    chain->angle,
                        chain->sine, chain->power, chain->amount, chain->sum};
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
        if (i < 9 || has_snake)
            avt_onnx_strike(graph, gone[i]);
    }
}

/* The Snake that follows chain's last Add, if one does: tried for each Sin; there are few. */
static void add_snake(const struct avt_onnx_graph *graph, struct chain *chain)
{
    struct avt_slice wanted = graph->nodes[chain->shift].outputs[0], y;
    if (!is_read(graph, chain->shift, 2))
        return;
    for (size_t i = 0; i < graph->node_count; i++) {
        const struct avt_onnx_node *node = &graph->nodes[i];
        struct chain snake = *chain;
        if (!graph->dead[i] && avt_slice_is(node->op_type, "Sin") && node->input_count == 1 &&
            node->output_count == 1 && find_snake(graph, (int)i, &snake, &y) &&
            avt_slice_equal(y, wanted)) {
            *chain = snake;
            return;
        }
    }
}

size_t avt_fuse_adain(struct avt_onnx_graph *graph)
{
    size_t made = 0;
    for (size_t i = 0; i < graph->node_count; i++) {
        struct chain chain;
        if (find_normalisation(graph, (int)i, &chain)) {
            add_snake(graph, &chain);
            replace(graph, &chain);
            made++;
        }
    }
    return made;
}
