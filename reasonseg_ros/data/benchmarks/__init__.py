# SPDX-License-Identifier: Apache-2.0
"""Readers of published benchmarks, one file per format. All give the same `Conversation`."""
