"""What the machine itself does, for Prometheus: processor, memory, network and disk, beside what the process takes."""

from collections.abc import Iterator

import psutil
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class Machine(Collector):
    """Asked anew at each look. A machine that tells nothing of its network or its disks has no figures of them."""

    def collect(self) -> Iterator[Metric]:
        """Yield seconds of all its processors together, bytes of memory, and bytes to and from network and disks."""
        seconds = CounterMetricFamily(
            "caretrail_machine_cpu_seconds", "Time of the machine's processors, by what they did.", labels=["of"]
        )
        for name, value in psutil.cpu_times()._asdict().items():
            seconds.add_metric([name], value)
        yield seconds
        memory, room = (
            psutil.virtual_memory(),
            GaugeMetricFamily(
                "caretrail_machine_memory_bytes", "Memory of the machine, and how much of it can be had.", labels=["of"]
            ),
        )
        room.add_metric(["all"], memory.total)
        room.add_metric(["available"], memory.available)
        yield room
        if network := psutil.net_io_counters():
            ways = {"received": network.bytes_recv, "sent": network.bytes_sent}
            yield _moved("caretrail_machine_network_bytes", "Bytes over the machine's network.", ways)
        if disk := psutil.disk_io_counters():
            ways = {"read": disk.read_bytes, "written": disk.write_bytes}
            yield _moved("caretrail_machine_disk_bytes", "Bytes from and to the machine's disks.", ways)


def _moved(name: str, meaning: str, ways: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=["way"])
    for way, count in ways.items():
        family.add_metric([way], count)
    return family


MACHINE = CollectorRegistry()
MACHINE.register(Machine())
