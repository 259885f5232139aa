"""The API's ground rules: who may call, how errors look, how lists page, how retries stay safe."""
