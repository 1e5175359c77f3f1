import numpy as np
import pytest

from quality.network import CELLS, Network

TIMES = np.arange(20_000) * 0.02
SEED = (3, 1)


def indices(network):
    return [index for _, index in network.shape(TIMES, SEED)]


def test_a_good_network_changes_nothing():
    events = Network().shape(TIMES, SEED)
    assert [index for _, index in events] == list(range(len(TIMES)))
    assert np.allclose([at for at, _ in events], TIMES)


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_seed_is_the_same_network(cell):
    assert CELLS[cell].shape(TIMES[:500], SEED) == CELLS[cell].shape(TIMES[:500], SEED)
    if cell not in ("clean", "drift+300", "drift-300"):
        assert CELLS[cell].shape(TIMES[:500], SEED) != CELLS[cell].shape(TIMES[:500], (4, 1))


@pytest.mark.parametrize("share", [0.01, 0.03, 0.05, 0.10])
def test_random_loss(share):
    lost = Network(loss=share).losses(len(TIMES), SEED)
    assert lost.mean() == pytest.approx(share, rel=0.15)
    # One loss says nothing of the next.
    assert lost[1:][lost[:-1]].mean() == pytest.approx(share, abs=0.03)
    assert sorted(indices(Network(loss=share))) == np.flatnonzero(~lost).tolist()


def test_what_is_lost_at_5_is_lost_at_10_per_cent():
    assert not (Network(loss=0.05).losses(5000, SEED) & ~Network(loss=0.10).losses(5000, SEED)).any()


def test_bursts():
    lost = Network(loss=0.05, burst=4).losses(200_000, SEED)
    assert lost.mean() == pytest.approx(0.05, rel=0.1)
    bursts = np.count_nonzero(np.diff(lost.astype(int)) == 1)
    assert lost.sum() / bursts == pytest.approx(4, rel=0.1)


def test_jitter_is_uniform_and_overtakes_beyond_a_packet_time():
    events = sorted((index, at) for at, index in Network(jitter=60).shape(TIMES, SEED))
    delay = np.array([at for _, at in events]) - TIMES
    assert delay.min() >= 0 and delay.max() <= 0.06 and delay.mean() == pytest.approx(0.03, abs=0.001)
    assert delay.std() == pytest.approx(0.06 / np.sqrt(12), rel=0.05)
    assert np.diff(indices(Network(jitter=60))).min() < 0
    assert np.diff(indices(Network(jitter=20))).min() > 0


def test_reordering_loses_nothing():
    order = indices(Network(reorder=0.05))
    assert sorted(order) == list(range(len(TIMES)))
    assert np.mean(np.diff(order) < 0) == pytest.approx(0.05, rel=0.2)


def test_duplicates_follow_their_first():
    events = Network(duplicate=0.10).shape(TIMES, SEED)
    assert len(events) / len(TIMES) == pytest.approx(1.10, abs=0.01)
    first = {}
    for at, index in events:
        assert at - first.setdefault(index, at) <= 0.04


@pytest.mark.parametrize("ppm", [300, -300])
def test_drift(ppm):
    last = Network(drift=ppm).shape(TIMES, SEED)[-1][0]
    assert TIMES[-1] / last - 1 == pytest.approx(ppm * 1e-6, rel=1e-3)
