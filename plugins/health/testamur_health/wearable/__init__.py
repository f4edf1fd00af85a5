"""Reads what wearables export: an Apple Health archive or plain CSV, streamed into one daily table."""
