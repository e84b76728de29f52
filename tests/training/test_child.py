import signal
import sys
import threading

import pytest

from cloudanno_desktop.training import process as child_module
from cloudanno_desktop.training.events import Phase, RunFailed, RunFinished, RunStopped
from cloudanno_desktop.training.process import TrainingChild

SAY = "import sys\ndef say(line): sys.stdout.write(line + '\\n'); sys.stdout.flush()\n"


@pytest.fixture
def start(tmp_path):
    children = []

    def start(script):
        children.append(TrainingChild(tmp_path, [sys.executable, "-c", SAY + script]))
        return children[-1]

    yield start
    for started in children:
        started.close()


def test_lines_become_events_and_stray_prints_do_not(start):
    child = start(
        """say('{"event":"phase","name":"head"}'); say('a library prints this')
say('{"event":"finished","seconds":1.5}')"""
    )
    assert list(child.events()) == [Phase("head"), RunFinished(1.5)]
    assert "a library prints this" in child.stderr_tail()


@pytest.mark.logs_warning
def test_an_end_without_a_closing_event_is_a_failure_whatever_the_exit_code(start):
    child = start("sys.stderr.write('x' * 20000 + 'the last words')")
    (event,) = child.events()
    assert isinstance(event, RunFailed)
    assert event.kind == "bug"
    assert event.message.endswith("the last words")
    assert len(event.message) < 9000


def test_stop_reaches_the_child_from_another_thread(start):
    child = start(
        """say('{"event":"phase","name":"features"}')
assert sys.stdin.readline() == 'stop\\n'
say('{"event":"stopped","has_model":true}')"""
    )
    events = child.events()
    assert next(events) == Phase("features")
    thread = threading.Thread(target=child.stop)
    thread.start()
    assert list(events) == [RunStopped(has_model=True)]
    thread.join()
    child.stop()


def test_a_child_that_does_not_obey_is_killed(start, monkeypatch):
    monkeypatch.setattr(child_module, "KILL_AFTER_S", 0.2)
    child = start("""say('{"event":"phase","name":"x"}')\nimport time\ntime.sleep(600)""")
    events = child.events()
    next(events)
    child.stop()
    assert list(events) == [RunStopped(has_model=False)]


def test_small_matrices_get_one_blas_thread_each(start):
    child = start(
        """import os
say('{"event":"phase","name":"%s"}' % os.environ['OPENBLAS_NUM_THREADS'])"""
    )
    assert next(child.events()) == Phase("1")


def test_no_secret_of_the_environment_reaches_the_child(start, monkeypatch):
    for name in ("AWS_SECRET_ACCESS_KEY", "IBM_API_KEY", "CLOUDANNO_SECRET", "MY_TOKEN"):
        monkeypatch.setenv(name, "planted-secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:planted-secret@proxy:8080")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:8080")
    child = start(
        """import os
has_secret = "planted-secret" in str(dict(os.environ))
say('{"event":"phase","name":"%s %s"}' % (has_secret, os.environ["HTTP_PROXY"]))"""
    )
    assert next(child.events()) == Phase("False http://proxy:8080")


@pytest.mark.logs_warning
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_killed_process_is_one_sentence_without_the_chatter_of_libraries(start):
    child = start(
        """import os, signal
sys.stderr.write('I0000 oneDNN custom operations are on'); sys.stderr.flush()
os.kill(os.getpid(), signal.SIGKILL)"""
    )
    (event,) = child.events()
    assert event.kind == "error"
    assert "was killed" in event.message
    assert "oneDNN" not in event.message


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_sigterm_of_the_training_process_is_a_stop(start):
    child = start(
        """import os, signal, tempfile, pathlib
from cloudanno_desktop.progress import Cancelled
from cloudanno_desktop.training.run_control import EventWriter, RunControl
with tempfile.TemporaryDirectory() as folder:
    with EventWriter(pathlib.Path(folder) / 'events', to_stdout=False) as events:
        control = RunControl(events)
        control.obey_signals()
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            control.progress(0, 1)
        except Cancelled:
            say('{"event":"stopped","has_model":true}')"""
    )
    assert list(child.events()) == [RunStopped(has_model=True)]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_sigterm_of_the_command_stops_its_training_process(start):
    from cloudanno_desktop.cli.train_command import _stopped_by_interrupt

    child = start(
        """say('{"event":"phase","name":"features"}')
assert sys.stdin.readline() == 'stop\\n'
say('{"event":"stopped","has_model":true}')"""
    )
    events = child.events()
    with _stopped_by_interrupt(child):
        assert next(events) == Phase("features")
        signal.raise_signal(signal.SIGTERM)
        assert list(events) == [RunStopped(has_model=True)]
