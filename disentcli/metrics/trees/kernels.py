"""The compiled part of boosted trees: residuals, trees grown over sorted columns, leaf values, predictions.

A tree of depth d is an array of 2^(d+1) − 1 nodes; node i has the children 2i + 1 and 2i + 2. A node that
splits holds a code and a threshold (rows with code ≤ threshold go left), a leaf has code −1 and a value.
Each level holds, for each code, the rows of its nodes in order of that code: one segment a node, split stably.
"""

from __future__ import annotations

import math

import numpy as np

from .compiled import compiled

GAP = np.float32(1e-7)  # values no further apart are not separated
PURE = np.finfo(np.float64).eps  # impurity up to which a node is not split
NEARLY = 1.0 - 4e-15  # further apart than two ways of rounding one gain
LEAF = -1


@compiled
def logistic_residuals(scores, classes, residuals, first, last):  # type: ignore[no-untyped-def]
    """y − p of the rows first…last−1, p = sigmoid of the one score. Scores and residuals (1, N)."""
    for i in range(first, last):
        y = float(classes[i])
        score = scores[0, i]
        if score > -37.0:
            shrunk = math.exp(-score)
            residuals[0, i] = -(((1.0 - y) - y * shrunk) / (1.0 + shrunk))
        else:
            residuals[0, i] = y - math.exp(score)


@compiled
def softmax_residuals(scores, classes, residuals, first, last):  # type: ignore[no-untyped-def]
    """[y = k] − pₖ of the rows first…last−1, p = softmax of the scores. Scores and residuals (K, N)."""
    largest = scores[0, first:last].copy()
    for k in range(1, len(scores)):
        for i in range(first, last):
            largest[i - first] = max(largest[i - first], scores[k, i])
    total = np.zeros(last - first)
    for k in range(len(scores)):
        for i in range(first, last):
            share = math.exp(scores[k, i] - largest[i - first])
            residuals[k, i] = share
            total[i - first] += share
    for k in range(len(scores)):
        for i in range(first, last):
            residuals[k, i] = -(residuals[k, i] / total[i - first] - (1.0 if classes[i] == k else 0.0))


@compiled
def draw_below(limit, state):  # type: ignore[no-untyped-def]
    """A random integer in 0…limit−1 from the 32-bit xorshift generator whose state is state[0]."""
    x = state[0] if state[0] != 0 else 1
    x ^= (x << 13) & 0xFFFFFFFF
    x ^= x >> 17
    x ^= (x << 5) & 0xFFFFFFFF
    state[0] = x
    return (x & 0x7FFFFFFF) % limit


@compiled
def best_cut(rows, values, residual, reciprocal, first, last, total, best):  # type: ignore[no-untyped-def]
    """Where rows[first:last], in order of `values`, are best cut in two, and the gain L²/nₗ + R²/nᵣ there.

    L, R: sums of the residuals on both sides. Returns (position, gain), or (−1, best) without a gain > best.
    Only a gain that comes near the best one is worth its exact divisions.
    """
    position, near = -1, best * NEARLY
    left = 0.0
    for p in range(first + 1, last):
        left += residual[rows[p - 1]]
        right = total - left
        gain = left * left * reciprocal[p - first] + right * right * reciprocal[last - p]
        if gain >= near and values[rows[p]] > values[rows[p - 1]] + GAP:
            gain = left * left / (p - first) + right * right / (last - p)
            if gain > best:
                position, best, near = p, gain, gain * NEARLY
    return position, best


@compiled
def best_split(rows, values, residual, reciprocal, first, last, total, codes, constants, known, state):  # type: ignore[no-untyped-def]
    """The best cut over all codes, visited in random order: the first one stands among equal ones.

    The order is scikit-learn's, draw for draw: `codes` is shuffled in place, `constants[:known]` are codes
    found constant above this node. Returns (code, position, codes known to be constant, code visited last); position −1: none.
    """
    found = drawn = 0
    end = len(codes)
    best, code, position, d = -1.0, -1, -1, 0
    while end > known + found:
        j = drawn + draw_below(end - found - drawn, state)
        if j < known:
            codes[drawn], codes[j] = codes[j], codes[drawn]
            drawn += 1
            continue
        j += found
        d = codes[j]
        if values[d, rows[d, last - 1]] <= values[d, rows[d, first]] + GAP:
            codes[j], codes[known + found] = codes[known + found], codes[j]
            found += 1
            continue
        end -= 1
        codes[end], codes[j] = codes[j], codes[end]
        cut, best = best_cut(rows[d], values[d], residual, reciprocal, first, last, total, best)
        if cut >= 0:
            code, position = d, cut
    codes[:known] = constants[:known]
    constants[known : known + found] = codes[known : known + found]
    return code, position, known + found, d


@compiled
def divide(rows, divided, is_right, first, cut, last):  # type: ignore[no-untyped-def]
    """Write the rows of a node to `divided`, those left of the cut first, in each code's order."""
    for d in range(len(rows)):
        left, right = first, cut
        for p in range(first, last):
            row = rows[d, p]
            goes_right = is_right[row]
            divided[d, right if goes_right else left] = row
            left += 1 - goes_right
            right += goes_right


@compiled
def partition(members, is_right, first, last):  # type: ignore[no-untyped-def]
    """Bring the left rows of members[first:last] to the front by exchanges with the end, as scikit-learn does."""
    while first < last:
        if is_right[members[first]]:
            last -= 1
            members[first], members[last] = members[last], members[first]
        else:
            first += 1


@compiled
def sums(rows, residual, first, last):  # type: ignore[no-untyped-def]
    """Sum and sum of squares of the residuals of rows[first:last]."""
    total = squares = 0.0
    for p in range(first, last):
        r = residual[rows[p]]
        total += r
        squares += r * r
    return total, squares


@compiled
def impurities_of_children(members, residual, first, cut, last, total, squares):  # type: ignore[no-untyped-def]
    """Variance of the residuals of members[first:cut] and of members[cut:last], summed from the shorter side."""
    left, right = cut - first, last - cut
    if left <= right:
        left_total, left_squares = sums(members, residual, first, cut)
    else:
        left_total = total
        for p in range(last - 1, cut - 1, -1):
            left_total -= residual[members[p]]
        _, left_squares = sums(members, residual, first, cut)
    of_left = left_squares / left - (left_total / left) ** 2
    of_right = (squares - left_squares) / right - ((total - left_total) / right) ** 2
    return of_left, of_right


@compiled
def grow_tree(order, values, residual, reciprocal, seed, levels, members, is_right, code, threshold, decrease, leaf):  # type: ignore[no-untyped-def]  # fmt: skip
    """Grow one regression tree on the residual, depth first, left before right.

    order (D, N): rows sorted by each code; values (D, N); levels (depth − 1, D, N), members and is_right (N):
    workspace. Written: code and threshold of each node, leaf (N,) of each row; decrease (D,) gains what the
    nodes that split by each code take off the impurity, weighted by their share of the rows.
    """
    count, dims, nodes = values.shape[1], len(values), len(code)
    first, last = np.zeros(nodes, np.int64), np.full(nodes, count)
    impurity, known, level = np.zeros(nodes), np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    codes, constants, state = np.arange(dims), np.zeros(dims, np.int64), np.full(1, seed)
    members[:] = np.arange(count)  # the rows in scikit-learn's order, so that sums are rounded as there
    code[:] = LEAF
    waiting, left_to_do = np.zeros(nodes, np.int64), 1
    while left_to_do:
        left_to_do -= 1
        node = waiting[left_to_do]
        a, b, depth = first[node], last[node], level[node]
        rows = order if depth == 0 else levels[depth - 1]
        total, squares = sums(members, residual, a, b)
        if node == 0:
            impurity[0] = squares / count - (total / count) ** 2
        d, cut = 0, -1
        of_left = of_right = gain = 0.0
        if b - a > 1 and impurity[node] > PURE:
            d, cut, known[node], visited = best_split(
                rows, values, residual, reciprocal, a, b, total, codes, constants, known[node], state
            )
        if cut >= 0:
            for p in range(a, b):
                is_right[rows[d, p]] = p >= cut
            members[a:b] = rows[visited, a:b]
            partition(members, is_right, a, b)
            of_left, of_right = impurities_of_children(members, residual, a, cut, b, total, squares)
            gain = ((b - a) * impurity[node] - (cut - a) * of_left - (b - cut) * of_right) / count
        if cut < 0 or gain < -PURE:
            for p in range(a, b):
                leaf[members[p]] = node
            continue
        decrease[d] += gain
        code[node] = d
        threshold[node] = values[d, rows[d, cut - 1]] / 2.0 + values[d, rows[d, cut]] / 2.0
        left, right = 2 * node + 1, 2 * node + 2
        if 2 * left + 1 >= nodes:
            for p in range(a, b):
                leaf[members[p]] = left if p < cut else right
            continue
        divide(rows, levels[depth], is_right, a, cut, b)
        for child, start, stop, value in ((right, cut, b, of_right), (left, a, cut, of_left)):
            first[child], last[child], impurity[child] = start, stop, value
            known[child], level[child] = known[node], depth + 1
            waiting[left_to_do] = child
            left_to_do += 1


@compiled
def pairwise_sum(numbers, first, last):  # type: ignore[no-untyped-def]
    """Sum of numbers[first:last], rounded as numpy's: halves of halves, down to 128 numbers in eight strands."""
    count = last - first
    if count > 128:
        half = count // 2 - (count // 2) % 8
        return pairwise_sum(numbers, first, first + half) + pairwise_sum(numbers, first + half, last)
    total = 0.0
    whole = first
    if count >= 8:
        strands = numbers[first : first + 8].copy()
        whole = last - count % 8
        for p in range(first + 8, whole, 8):
            for j in range(8):
                strands[j] += numbers[p + j]
        total = ((strands[0] + strands[1]) + (strands[2] + strands[3])) + (
            (strands[4] + strands[5]) + (strands[6] + strands[7])
        )
    for p in range(whole, last):
        total += numbers[p]
    return total


@compiled
def set_leaves(residual, is_class, scale, leaf, value):  # type: ignore[no-untyped-def]
    """Value of each leaf: one Newton step, scale · mean r / mean p (1 − p) over its rows, p = [y] − r."""
    ends = np.zeros(len(value) + 1, np.int64)
    for i in range(len(leaf)):
        ends[leaf[i] + 1] += 1
    ends = np.cumsum(ends)
    slope, curvature, place = np.empty(len(leaf)), np.empty(len(leaf)), ends.copy()
    for i in range(len(leaf)):
        p = (1.0 if is_class[i] else 0.0) - residual[i]
        slope[place[leaf[i]]] = residual[i]
        curvature[place[leaf[i]]] = p * (1.0 - p)
        place[leaf[i]] += 1
    for node in range(len(value)):
        rows = ends[node + 1] - ends[node]
        value[node] = 0.0
        if rows:
            mean = pairwise_sum(curvature, ends[node], ends[node + 1]) / rows
            if abs(mean) >= 1e-150:
                value[node] = pairwise_sum(slope, ends[node], ends[node + 1]) / rows * scale / mean


@compiled
def grow_stage(order, values, reciprocal, classes, positive, residuals, scores, seeds, scale, rate, first, last, code, threshold, value, decrease):  # type: ignore[no-untyped-def]  # fmt: skip
    """The trees first…last−1 of one stage, with their leaf values, added to the scores of their class.

    positive (T,): the class that tree t tells from the others. residuals, scores (T, N); code, threshold and
    value (T, nodes); decrease (T, D).
    """
    dims, count = values.shape
    depth = int(math.log2(code.shape[1] + 1)) - 1
    levels = np.empty((max(depth - 1, 0), dims, count), order.dtype)
    members, is_right, leaf = np.empty(count, order.dtype), np.empty(count, np.uint8), np.empty(count, np.int64)
    for t in range(first, last):
        residual = residuals[t]
        grow_tree(
            order, values, residual, reciprocal, seeds[t], levels, members, is_right, code[t], threshold[t], decrease[t], leaf
        )  # fmt: skip
        set_leaves(residual, classes == positive[t], scale, leaf, value[t])
        for i in range(count):
            scores[t, i] += rate * value[t, leaf[i]]


@compiled
def add_trees(values, code, threshold, value, rate, scores, first, last):  # type: ignore[no-untyped-def]
    """Add the trees first…last−1 of each stage to the scores (T, N) of points whose codes are values (D, N)."""
    for t in range(first, last):
        for stage in range(len(code)):
            for i in range(values.shape[1]):
                node = 0
                while code[stage, t, node] >= 0:
                    d = code[stage, t, node]
                    node = 2 * node + 1 + int(values[d, i] > threshold[stage, t, node])
                scores[t, i] += rate * value[stage, t, node]
