"""Prometheus' own tools on our files, and the names in them against what the services really export."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx2
import pytest
import yaml

from mesh.settings import ports
from simulator.processes import Mesh

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="apt-get install prometheus")


@needs_promtool
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "config", "prometheus.yml"],
        ["check", "config", "prometheus.local.yml"],
        ["test", "rules", "alerts_test.yml"],
    ],
)
def test_promtool(arguments: list[str]) -> None:
    done = subprocess.run(["promtool", *arguments], cwd="monitoring", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_is_scraped() -> None:
    for path, host in (("prometheus.yml", "{}"), ("prometheus.local.yml", "127.0.0.1")):
        config = yaml.safe_load(Path("monitoring", path).read_text())
        mesh_job = config["scrape_configs"][0]
        targets = mesh_job["static_configs"][0]["targets"]
        for found in mesh_job.get("dns_sd_configs", []):  # a service of which there may be several
            targets += [f"{name}:{found['port']}" for name in found["names"]]
        assert sorted(targets) == sorted(f"{host.format(name)}:{port}" for name, port in ports().items())


async def test_the_metrics_that_alerts_and_panels_name_exist(mesh: Mesh, http: httpx2.AsyncClient) -> None:
    await http.post(mesh.url("gateway") + "/process", json={"text": "hello"})
    await http.post(mesh.url("gateway") + "/process", json={})
    exported = "".join([(await http.get(mesh.url(name) + "/metrics")).text for name in ports()])
    alerts = yaml.safe_load(Path("monitoring/alerts.yml").read_text())["groups"][0]["rules"]
    panels = json.loads(Path("monitoring/grafana/dashboards/voiceblock.json").read_text())["panels"]
    queries = [rule["expr"] for rule in alerts] + [target["expr"] for panel in panels for target in panel["targets"]]
    names = {name for query in queries for name in re.findall(r"\b((?:mesh|gateway|process)_[a-z_]+)\b", query)}
    assert len(names) >= 7
    for name in names:
        assert re.search(rf"^{name}[ {{]", exported, re.MULTILINE), name


def test_compose_has_every_service_with_a_health_check() -> None:
    services = yaml.safe_load(Path("docker-compose.yml").read_text())["services"]
    for name, port in ports().items():
        assert services[name]["build"]["dockerfile"] == f"{name}/Dockerfile"
        text = Path(name, "Dockerfile").read_text()
        assert f"EXPOSE {port}" in text
        assert f"127.0.0.1:{port}/health" in text
        assert "USER voiceblock" in text
        assert f'"--port", "{port}"' in text
    assert services["vllm"]["profiles"] == ["gpu"]
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
