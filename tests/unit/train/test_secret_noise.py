"""Noise of private training: bits of AES in counter mode, and normal numbers made of them."""

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from scipy import stats
from scipy.special import ndtr, ndtri

from testamur.train import normal_noise
from testamur.train.keystream import MOST_WORDS, Keystream
from testamur.train.normal_noise import far_out, fill_normal

KEY = [0x603DEB10, 0x15CA71BE, 0x2B73AEF0, 0x857D7781, 0x1F352C07, 0x3B6108D7, 0x2D9810A3, 0x0914DFF4]


def stream_at(number):
    stream = Keystream(KEY)
    stream.begin(number)
    return stream


def normals(n, number=0, deviation=1.0):
    out = np.empty(n, np.float32)
    fill_normal(out, stream_at(number), deviation=deviation)
    return out


def test_the_bits_are_those_of_aes_256():
    # NIST SP 800-38A, F.5.5: this key, this first counter, and what the text of zeros becomes.
    first = 0xF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF
    stream = Keystream(KEY)
    stream._cipher.reset_nonce(first.to_bytes(16, "big"))
    assert stream.words(4).tobytes().hex() == "0bdf7df1591716335e9a8b15c860c502"
    counter = (7 << 64).to_bytes(16, "big")
    secret = b"".join(word.to_bytes(4, "big") for word in KEY)
    wanted = Cipher(algorithms.AES256(secret), modes.CTR(counter)).encryptor().update(bytes(400))
    stream.begin(7)
    assert stream.words(60).tobytes() + stream.words(40).tobytes() == wanted


def test_streams_of_two_numbers_differ_and_one_can_be_had_again():
    first, second, again = (stream_at(number).words(1000).copy() for number in (0, 1, 0))
    assert np.array_equal(first, again)
    assert (first == second).sum() < 3


def test_a_word_becomes_the_quantile_of_its_stretch():
    n = 50_000
    words = stream_at(4).words(n).view(np.int32).astype(np.float64)
    found = normals(n, 4) / 1.0
    low, high = (ndtri(np.clip((words + 2.0**31 + step) / 2.0**32, 0, 1)) for step in (0, 1))
    assert (found > low - 2e-6).all()
    assert (found < high + 2e-6).all()
    assert normals(n, 4, 0.25) == pytest.approx(found * 0.25, rel=1e-6)


def test_pieces_of_a_long_vector_are_all_written(monkeypatch):
    monkeypatch.setattr(normal_noise, "MOST_WORDS", 64)
    found = normals(1000)
    assert np.isfinite(found).all()
    assert len(np.unique(found)) == 1000


def test_the_noise_is_normal_far_out_too():
    n = 2_000_000
    found = normals(n).astype(np.float64)
    assert stats.kstest(found[:200_000], "norm").pvalue > 1e-3
    for beyond in (1.0, 2.0, 2.4, 3.0, 4.0):
        for side in (found, -found):
            expected = n * ndtr(-beyond)
            assert abs((side > beyond).sum() - expected) < 4.5 * np.sqrt(expected)
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 4 / np.sqrt(n)


def test_the_outermost_word_is_chosen_within():
    words = np.array([2.0**31 - 1] * 3 + [-(2.0**31)] * 3)
    within = np.array([0, 2**31, 2**32 - 1] * 2, np.uint32)
    inner, middle, outer, low_outer, low_middle, low_inner = far_out(words, within)
    assert [inner, middle] == pytest.approx([-ndtri(2.0**-32), -ndtri(2.0**-33)], rel=1e-6)
    assert 9.0 < outer < 9.3
    assert [low_outer, low_middle, low_inner] == pytest.approx([-outer, -middle, -inner], rel=1e-6)


class Dealt:
    """A stream of given words; what is asked for beyond them is the middle of a stretch."""

    def __init__(self, words):
        self._words = np.asarray(words, np.int64).astype("<i4").view("<u4")

    def words(self, n):
        dealt, self._words = self._words[:n], self._words[n:]
        return np.concatenate([dealt, np.full(n - len(dealt), 2**31, "<u4")])


def made_of(words):
    out = np.empty(len(words), np.float32)
    fill_normal(out, Dealt(words), deviation=1.0)
    return out


BORDER = 2**31 - 2**25  # words beyond are far out


@pytest.mark.parametrize("side", [1, -1])
def test_across_the_border_numbers_grow_with_words_and_stand_for_what_is_theirs(side):
    words = side * np.arange(BORDER - 3000, BORDER + 3000)
    found = side * made_of(words).astype(np.float64)
    exact = -ndtri((2.0**31 - side * words - side * 0.5) / 2.0**32)
    ulp = float(np.spacing(np.float32(2.5)))
    each = 128  # words that are one number in float32, until the border; 5.6 units apart
    assert np.abs(found - exact).max() < 5 * ulp  # half of that, and erfinv's own
    assert (np.maximum.accumulate(found) - found).max() < 3 * ulp  # they grow, but for erfinv's last bits
    values, counts = np.unique(found, return_counts=True)
    assert np.diff(values).max() < 8 * ulp  # no gap
    assert counts.max() <= each + 1  # to even where two are as near
    below = np.searchsorted(np.sort(found), exact[::100])
    assert np.abs(below - np.arange(0, len(words), 100)).max() <= 1.5 * each  # no mass is had twice


def test_words_at_all_ends():
    lowest, highest = -(2**31), 2**31 - 1
    found = made_of([0, lowest, highest, 1, -1, lowest + 1])
    assert found[0] == 0.0
    assert found[1] == pytest.approx(ndtri(2.0**-33), rel=1e-6)  # the middle of the outermost stretch
    assert found[2] == -found[1]
    assert found[3] == -found[4] == pytest.approx(np.sqrt(2 * np.pi) * 2.0**-32, rel=1e-6)
    assert found[1] < found[5] == pytest.approx(ndtri(1.5 * 2.0**-32), rel=1e-6)


def test_a_vector_may_be_empty_and_may_have_nothing_far_out():
    assert made_of([]).size == 0
    assert made_of([5, -5, BORDER]).max() == pytest.approx(-ndtri(2.0**-7), rel=1e-6)
    assert stream_at(0).words(0).size == 0


def test_words_are_the_same_on_every_machine():
    words = stream_at(3).words(7)
    assert words.dtype == np.dtype("<u4")
    assert words.tolist() == [
        int.from_bytes(words.tobytes()[at : at + 4], "little") for at in range(0, 28, 4)
    ]
    stream = stream_at(3)
    assert np.concatenate([stream.words(n).copy() for n in (0, 1, 2, 4)]).tolist() == words.tolist()


def test_more_words_than_are_made_together_are_refused():
    stream = stream_at(3)
    assert stream.words(MOST_WORDS).size == MOST_WORDS
    with pytest.raises(ValueError, match="at most 131,072 words"):
        stream.words(MOST_WORDS + 1)  # the buffer has room for them, and holds no secret there
