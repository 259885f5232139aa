"""Who belongs together, over everybody at once. Pure; brings numpy, SciPy and NetworKit in, so
that only workers and commands may load it.

A component is everybody reachable over shared things. A community is the denser part of a large
component (Louvain's method, parallel implementation of NetworKit run on one thread with a fixed
seed, so that the same links give the same groups); a small component is one community. Things
shared by too many are left out first: they would make one group of everybody.
Source: Blondel et al., Fast unfolding of communities in large networks, J. Stat. Mech. (2008)
P10008; Staudt, Meyerhenke, Engineering Parallel Algorithms for Community Detection in Massive
Networks, IEEE TPDS 27 (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import networkit as nk
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

SMALL = 20  # customers; so few that are connected at all are one community
_PASSES_AT_MOST = 16


@dataclass(frozen=True, slots=True)
class Groups:
    """Arrays of equal length, a place for every customer who shares something, by row id.

    A group is named by its customer with the lowest row id: names stay while groups do.
    """

    customers: Any
    component: Any
    community: Any


def grouped(*, customers: Any, things: Any, shared_at_most: int) -> Groups:
    """Shape: an edge a place, customer's row id and thing's number, any order, repeats allowed."""
    customers, things = _shared_edges(customers, things, shared_at_most)
    ids, customer = np.unique(customers, return_inverse=True)
    if not len(ids):
        return Groups(ids, ids, ids)
    _numbers, thing = np.unique(things, return_inverse=True)
    component = _components(customer, thing, len(ids))
    is_large = np.bincount(component)[component] > SMALL
    community = _split(component, customer, thing, is_large)
    return Groups(ids, _named(component, ids), _named(community, ids))


def sizes(names: Any) -> Any:
    """How many customers are in the group at each place."""
    _names, group, counts = np.unique(names, return_inverse=True, return_counts=True)
    return counts[group]


def marked(names: Any, is_marked: Any) -> Any:
    """How many of the group at each place are marked."""
    _names, group = np.unique(names, return_inverse=True)
    return np.bincount(group, weights=is_marked).astype(np.int64)[group]


def _shared_edges(customers: Any, things: Any, shared_at_most: int) -> tuple[Any, Any]:
    """Each edge once; only of things that connect somebody, and not too many."""
    order = np.lexsort((customers, things))
    customers, things = customers[order], things[order]
    is_first = np.ones(len(things), dtype=bool)
    is_first[1:] = (things[1:] != things[:-1]) | (customers[1:] != customers[:-1])
    customers, things = customers[is_first], things[is_first]
    _things, thing, degree = np.unique(things, return_inverse=True, return_counts=True)
    is_kept = (degree[thing] >= 2) & (degree[thing] <= shared_at_most)
    return customers[is_kept], things[is_kept]


def _components(customer: Any, thing: Any, count: int) -> Any:
    """The component's number of each customer."""
    nodes = count + int(thing.max()) + 1
    edges = coo_matrix((np.ones(len(customer), np.int8), (customer, thing + count)), (nodes, nodes))
    return connected_components(edges, directed=False)[1][:count]


def _split(component: Any, customer: Any, thing: Any, is_large: Any) -> Any:
    """The community's number of each customer: that of the component unless it is large."""
    is_inside = is_large[customer]
    if not is_inside.any():
        return component
    first, second = _plain_edges(customer[is_inside], thing[is_inside], len(component))
    nodes, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    graph = nk.Graph(len(nodes))
    half = len(first)
    ends = (place[:half].astype(np.uint64), place[half:].astype(np.uint64))
    graph.addEdges(ends, checkMultiEdge=False)
    nk.engineering.setNumberOfThreads(1)
    nk.engineering.setSeed(1, False)
    found = nk.community.PLM(graph, False, 1.0, "none", _PASSES_AT_MOST).run().getPartition()
    part = np.asarray(found.getVector(), dtype=np.int64)
    is_customer = nodes < len(component)
    split = component.astype(np.int64)
    split[nodes[is_customer]] = part[is_customer] + int(component.max()) + 1
    return split


def _plain_edges(customer: Any, thing: Any, count: int) -> tuple[Any, Any]:
    """Between two customers where a thing is shared by two, else from customer to thing."""
    order = np.argsort(thing, kind="stable")
    customer, thing = customer[order], thing[order]
    is_pair = np.bincount(thing)[thing] == 2
    pairs = customer[is_pair]
    first = np.concatenate([pairs[0::2], customer[~is_pair]])
    return first, np.concatenate([pairs[1::2], thing[~is_pair] + count])


def _named(group: Any, ids: Any) -> Any:
    """`ids` is ascending: the first place of a group is its lowest row id."""
    _groups, first, place = np.unique(group, return_index=True, return_inverse=True)
    return ids[first][place]
