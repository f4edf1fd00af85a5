"""Noise of private training: bits of AES in counter mode, and normal numbers made of them."""

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from scipy import stats
from scipy.special import ndtr, ndtri

from testamur.train import normal_noise
from testamur.train.keystream import Keystream
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
