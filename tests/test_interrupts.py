import signal
import threading

import pytest

from genart.interrupts import deferred


@pytest.fixture(autouse=True)
def as_it_was():
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def press():
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_waits_until_the_block_has_ended():
    done = []

    def block():
        with deferred():
            press()
            done.append("block")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["block"]


def test_or_until_the_block_asks():
    done = []

    def block():
        with deferred() as heed:
            heed()
            done.append("before")
            press()
            heed()
            done.append("after")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["before"]


def test_a_second_one_does_not_wait():
    done = []

    def block():
        with deferred():
            press()
            done.append("first")
            press()
            done.append("second")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["first"]


def test_an_error_of_the_block_comes_first():
    def block():
        with deferred():
            press()
            raise ImportError

    with pytest.raises(ImportError):
        block()


def test_nothing_happens_without_ctrl_c():
    with deferred() as heed:
        heed()


def test_other_threads_pass_through():
    passed = []

    def block():
        with deferred() as heed:
            heed()
            passed.append(True)

    thread = threading.Thread(target=block)
    thread.start()
    thread.join()
    assert passed == [True]


def test_a_program_that_ignores_ctrl_c_goes_on_ignoring_it():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with deferred() as heed:
            press()
            heed()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
