import hashlib
import http.server
import io
import threading
import zipfile
from collections.abc import Iterator

import numpy as np
import pytest

from genart.errors import ModelError
from genart.families.bundle import read_bundle, write_bundle
from genart.families.download import fetch


class Server:
    """Serves `files` (path -> bytes) on this machine and remembers what was asked for."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.asked.append(self.path)
                content = server.files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, format, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def put(self, path: str, content: bytes) -> str:
        """The URL of the content, with its hash."""
        self.files[path] = content
        return f"http://127.0.0.1:{self.http.server_port}{path}#sha256={hashlib.sha256(content).hexdigest()}"


@pytest.fixture
def server(monkeypatch, tmp_path) -> Iterator[Server]:
    monkeypatch.setenv("GENART_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GENART_OFFLINE")
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


@pytest.fixture
def files(tmp_path) -> dict[str, bytes]:
    """What a bundle consists of."""
    folder = write_bundle(
        tmp_path / "gongs", family="bach", about="Gongs.", network={}, codec={}, weights={"w": np.ones(3)}
    ).folder
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def zipped(files: dict[str, bytes], *, top: str = "gongs/", links: tuple[str, ...] = ()) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(top + name)
            if name in links:
                info.external_attr = 0o120777 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def test_a_url_is_downloaded_once_and_then_kept(server, files, tmp_path):
    url = server.put("/models/gongs.zip", zipped(files))
    folder = fetch(url)
    assert folder.is_relative_to(tmp_path / "cache")
    assert read_bundle(folder).name == "gongs"
    assert fetch(url) == folder
    assert server.asked == ["/models/gongs.zip"]


def test_an_archive_without_a_folder_takes_its_own_name(server, files):
    assert fetch(server.put("/a%20gong.zip", zipped(files, top=""))).name == "a-20gong"


def test_another_file_than_asked_for_is_refused_and_not_kept(server, files, tmp_path):
    url = server.put("/gongs.zip", zipped(files))
    server.files["/gongs.zip"] += b"?"
    with pytest.raises(ModelError, match=r"gongs\.zip is not the file that was asked for: its sha256 is another one"):
        fetch(url)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_a_download_that_broke_off_is_made_again(server, files, tmp_path):
    url = server.put("/gongs.zip", zipped(files))
    half = tmp_path / "cache" / "downloads" / f"{url[-64:]}.zip"
    half.parent.mkdir(parents=True)
    half.write_bytes(server.files["/gongs.zip"][:20])
    assert read_bundle(fetch(url)).name == "gongs"


def test_a_server_that_does_not_have_it(server, files):
    url = server.put("/gongs.zip", zipped(files))
    server.files.clear()
    with pytest.raises(ModelError, match=r"cannot download http://127.*/gongs\.zip: the server answered 404"):
        fetch(url)


def test_a_server_that_is_not_there(server, files):
    url = server.put("/gongs.zip", zipped(files)).replace(f":{server.http.server_port}/", ":9/")  # the discard port
    with pytest.raises(ModelError, match="the server cannot be reached"):
        fetch(url)


def test_offline_says_where_the_file_is_expected_and_takes_it_from_there(server, files, tmp_path, monkeypatch):
    monkeypatch.setenv("GENART_OFFLINE", "1")
    url = server.put("/gongs.zip", zipped(files))
    expected = tmp_path / "cache" / "downloads" / f"{url[-64:]}.zip"
    with pytest.raises(ModelError, match="GENART_OFFLINE is set, so .* is not downloaded: put the file at ") as caught:
        fetch(url)
    assert str(caught.value).endswith(str(expected))
    expected.parent.mkdir(parents=True)
    expected.write_bytes(server.files["/gongs.zip"])
    assert read_bundle(fetch(url)).name == "gongs"
    assert server.asked == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://example.org/gongs.zip", "cannot be trusted without its hash: add #sha256="),
        ("https://example.org/gongs.zip#sha256=12ab", "cannot be trusted without its hash"),
        ("https://example.org/gongs.zip#md5=" + "0" * 64, "cannot be trusted without its hash"),
        ("ftp://example.org/gongs.zip#sha256=" + "0" * 64, "a model's URL begins with https:// or http://"),
        ("file:///etc/passwd#sha256=" + "0" * 64, "a model's URL begins with https:// or http://"),
    ],
)
def test_urls_that_are_refused(url, sentence):
    with pytest.raises(ModelError, match=sentence):
        fetch(url)


def test_an_archive_cannot_write_outside_its_folder(server, files, tmp_path):
    evil = files | {"../../../escaped": b"!", "/tmp/genart-escaped": b"!", "hook.py": b"!"}
    folder = fetch(server.put("/gongs.zip", zipped(evil)))
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "model.json", "weights.safetensors"]
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "gongs"}


@pytest.mark.parametrize("top", ["../", "/"])
def test_a_folder_in_an_archive_that_points_elsewhere_is_only_a_name(server, files, tmp_path, top):
    url = server.put("/gongs.zip", zipped(files, top=top))
    assert fetch(url).parent == tmp_path / "cache" / "models" / url[-64:]
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "gongs"}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda files: b"not a zip file", "is not a zip file that can be read"),
        (lambda files: zipped({"a": b""}), r"it has no model\.json"),
        (lambda files: zipped(files, top="a/b/"), r"it has no model\.json"),
        (lambda files: zipped(files, top="..\\"), r"it has no model\.json"),
        (lambda files: zipped(files, top="../../"), r"it has no model\.json"),
        (lambda files: zipped({"model.json": files["model.json"]}), r"it has no weights\.safetensors"),
        (lambda files: zipped(files, links=("weights.safetensors",)), r"refused: weights\.safetensors in it is a link"),
        (lambda files: zipped(files)[:-40], "is not a zip file that can be read"),
    ],
)
def test_archives_that_are_no_bundles(server, files, tmp_path, make, sentence):
    url = server.put("/gongs.zip", make(files))
    with pytest.raises(ModelError, match=sentence):
        fetch(url)
    assert list((tmp_path / "cache").glob("models/*/*")) == []
