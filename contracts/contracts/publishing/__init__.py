"""An optional publisher for partners: typed events out, their fates back. `[http]` brings httpx, `[kafka]` aiokafka."""
