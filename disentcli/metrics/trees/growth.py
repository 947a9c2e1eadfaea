"""Growing the regression trees of one boosting stage over sorted columns, compiled.

A tree of depth d has 2^(d+1) − 1 nodes; node i has the children 2i + 1 and 2i + 2. A node that splits holds
a code and a threshold (points with code ≤ threshold go left), a leaf has code −1 and a value. Points stay
sorted by each code: those of a node are one segment of each column, which a split divides stably.
Every sum is taken in scikit-learn's order, so that equal cuts are equal here where they are equal there.
"""

from __future__ import annotations

import math

import numpy as np

from .compiled import Columns, Trees, Workspace, compiled

Array = np.ndarray

GAP = np.float32(1e-7)  # values no further apart are not separated
PURE = np.finfo(np.float64).eps  # impurity up to which a node is not split
NEARLY = 1.0 - 4e-15  # further from 1 than two ways of rounding one gain
LEAF = -1


@compiled
def draw_below(limit: int, state: Array) -> int:
    """A random integer in 0…limit−1 from the 32-bit xorshift generator whose state is state[0]."""
    x = state[0] if state[0] != 0 else 1
    x ^= (x << 13) & 0xFFFFFFFF
    x ^= x >> 17
    x ^= (x << 5) & 0xFFFFFFFF
    state[0] = x
    return (x & 0x7FFFFFFF) % limit  # type: ignore[no-any-return]


@compiled
def best_cut(
    points: Array, values: Array, residual: Array, reciprocal: Array, total: float, best: float
) -> tuple[int, float]:
    """After how many of the points, in order of `values`, a cut is best, and the gain L²/nₗ + R²/nᵣ there.

    L, R: sums of the residuals on both sides. Gives (count, gain), or (0, best) without a gain > best. Only
    a gain that comes near the best one is worth its exact divisions.
    """
    one, count = np.uint64(1), np.uint64(len(points))  # unsigned: no check for places counted from the end
    found, near = np.uint64(0), best * NEARLY
    left = 0.0
    for p in range(one, count):  # type: ignore[call-overload]
        left += residual[points[p - one]]
        right = total - left
        gain = left * left * reciprocal[p] + right * right * reciprocal[count - p]
        if gain >= near and values[points[p]] > values[points[p - one]] + GAP:
            gain = left * left / p + right * right / (count - p)
            if gain > best:
                found, best, near = np.uint64(p), gain, gain * NEARLY
    return np.int64(found), best  # type: ignore[return-value]


@compiled
def best_split(
    points: Array,
    columns: Columns,
    residual: Array,
    first: int,
    last: int,
    total: float,
    codes: Array,
    constants: Array,
    known: int,
    state: Array,
) -> tuple[int, int, int, int]:
    """The best cut over all codes, visited in random order: the first one stands among equal ones.

    The order is scikit-learn's, draw for draw: `codes` is shuffled in place, `constants[:known]` are codes
    found constant above this node. Gives the code, the position (−1: none), the number of codes known to be
    constant, and the code visited last.
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
        values = columns.values[d]
        if values[points[d, last - 1]] <= values[points[d, first]] + GAP:
            codes[j], codes[known + found] = codes[known + found], codes[j]
            found += 1
            continue
        end -= 1
        codes[end], codes[j] = codes[j], codes[end]
        cut, best = best_cut(points[d, first:last], values, residual, columns.reciprocal, total, best)
        if cut:
            code, position = d, first + cut
    codes[:known] = constants[:known]
    constants[known : known + found] = codes[known : known + found]
    return code, position, known + found, d


@compiled
def divide(points: Array, divided: Array, is_right: Array, first: int, cut: int, last: int) -> None:
    """Write the points of a node to `divided`, those left of the cut first, in order of each code."""
    for d in range(len(points)):
        target = divided[d]
        left, right = np.uint64(first), np.uint64(cut)
        for point in points[d, first:last]:
            goes_right = np.uint64(is_right[point])
            target[right if goes_right else left] = point
            right += goes_right
            left += np.uint64(1) - goes_right


@compiled
def partition(members: Array, is_right: Array, first: int, last: int) -> None:
    """Move the points of members[first:last] that go left to the front, by swaps with the end."""
    while first < last:
        if is_right[members[first]]:
            last -= 1
            members[first], members[last] = members[last], members[first]
        else:
            first += 1


@compiled
def sums(members: Array, residual: Array) -> tuple[float, float]:
    """Sum and sum of squares of the residuals of the members."""
    total = squares = 0.0
    for member in members:
        r = residual[member]
        total += r
        squares += r * r
    return total, squares


@compiled
def impurities(
    members: Array, residual: Array, first: int, cut: int, last: int, total: float, squares: float
) -> tuple[float, float]:
    """Variance of the residuals of members[first:cut] and members[cut:last], from the shorter side's sum."""
    left, right = cut - first, last - cut
    left_total, left_squares = sums(members[first:cut], residual)
    if left > right:
        left_total = total
        for p in range(last - 1, cut - 1, -1):
            left_total -= residual[members[p]]
    of_left = left_squares / left - (left_total / left) ** 2
    of_right = (squares - left_squares) / right - ((total - left_total) / right) ** 2
    return of_left, of_right


@compiled
def grow_tree(
    columns: Columns,
    residual: Array,
    seed: int,
    workspace: Workspace,
    code: Array,
    threshold: Array,
    decrease: Array,
) -> None:
    """Grow one regression tree on the residual (N,), depth first, left before right.

    Written: code and threshold of each node, the leaf of each point; decrease (D,) gains what the nodes that
    split by each code take off the impurity, weighted by their share of the points.
    """
    count, nodes, members = len(residual), len(code), workspace.members
    first, last = np.zeros(nodes, np.int64), np.full(nodes, count)
    impurity, known, level = np.zeros(nodes), np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    codes, constants = np.arange(len(decrease)), np.zeros(len(decrease), np.int64)
    state, waiting, left_to_do = np.full(1, seed), np.zeros(nodes, np.int64), 1
    members[:] = np.arange(count)
    code[:] = LEAF
    while left_to_do:
        left_to_do -= 1
        node = waiting[left_to_do]
        a, b, depth = first[node], last[node], level[node]
        points = columns.order if depth == 0 else workspace.levels[depth - 1]
        total, squares = sums(members[a:b], residual)
        if node == 0:
            impurity[0] = squares / count - (total / count) ** 2
        d, cut = 0, -1
        of_left = of_right = gain = 0.0
        if b - a > 1 and impurity[node] > PURE:
            d, cut, known[node], visited = best_split(
                points, columns, residual, a, b, total, codes, constants, known[node], state
            )
        if cut >= 0:
            for p in range(a, b):
                workspace.is_right[points[d, p]] = p >= cut
            members[a:b] = points[visited, a:b]
            partition(members, workspace.is_right, a, b)
            of_left, of_right = impurities(members, residual, a, cut, b, total, squares)
            gain = ((b - a) * impurity[node] - (cut - a) * of_left - (b - cut) * of_right) / count
        if cut < 0 or gain < -PURE:
            for p in range(a, b):
                workspace.leaf[members[p]] = node
            continue
        code[node] = d
        values = columns.values[d]
        threshold[node] = values[points[d, cut - 1]] / 2.0 + values[points[d, cut]] / 2.0
        decrease[d] += gain
        left, right = 2 * node + 1, 2 * node + 2
        if depth == len(workspace.levels):
            for p in range(a, b):
                workspace.leaf[members[p]] = left if p < cut else right
            continue
        divide(points, workspace.levels[depth], workspace.is_right, a, cut, b)
        for child, start, stop, value in ((right, cut, b, of_right), (left, a, cut, of_left)):
            first[child], last[child], impurity[child] = start, stop, value
            known[child], level[child] = known[node], depth + 1
            waiting[left_to_do] = child
            left_to_do += 1


@compiled
def pairwise_sum(numbers: Array, first: int, last: int) -> float:
    """Sum of numbers[first:last], rounded as numpy's: halves of halves, 128 numbers in eight strands."""
    count = last - first
    if count > 128:
        half = count // 2 - (count // 2) % 8
        return pairwise_sum(numbers, first, first + half) + pairwise_sum(numbers, first + half, last)
    total, whole = 0.0, first
    if count >= 8:
        s, whole = numbers[first : first + 8].copy(), last - count % 8
        for p in range(first + 8, whole, 8):
            for j in range(8):
                s[j] += numbers[p + j]
        total = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
    for p in range(whole, last):
        total += numbers[p]
    return total


@compiled
def set_leaves(residual: Array, is_class: Array, scale: float, leaf: Array, value: Array) -> None:
    """Value of each leaf: one Newton step, scale · mean r / mean p (1 − p) over its points, p = [y] − r."""
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
        count = ends[node + 1] - ends[node]
        value[node] = 0.0
        if count:
            mean = pairwise_sum(curvature, ends[node], ends[node + 1]) / count
            if abs(mean) >= 1e-150:
                value[node] = pairwise_sum(slope, ends[node], ends[node + 1]) / count * scale / mean


@compiled
def grow_stage(
    columns: Columns,
    classes: Array,
    positive: Array,
    residuals: Array,
    scores: Array,
    seeds: Array,
    scale: float,
    rate: float,
    trees: Trees,
    first: int,
    last: int,
) -> None:
    """The trees first…last−1 of one stage, with their leaf values, shrunk by `rate` and added to the scores.

    classes (N,); positive (T,): the class that each tree tells from the others; residuals and scores (T, N).
    """
    dims, count = columns.values.shape
    depth = int(math.log2(trees.code.shape[1] + 1)) - 1
    workspace = Workspace(
        np.empty((depth - 1, dims, count), columns.order.dtype),
        np.empty(count, columns.order.dtype),
        np.empty(count, np.uint8),
        np.empty(count, np.int64),
    )
    for t in range(first, last):
        grow_tree(
            columns, residuals[t], seeds[t], workspace, trees.code[t], trees.threshold[t], trees.decrease[t]
        )
        set_leaves(residuals[t], classes == positive[t], scale, workspace.leaf, trees.value[t])
        for i in range(count):
            scores[t, i] += rate * trees.value[t, workspace.leaf[i]]
