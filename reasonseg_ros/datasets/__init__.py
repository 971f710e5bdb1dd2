# SPDX-License-Identifier: Apache-2.0
"""Builders of the data sets of the papers: MRSeg, MMR, LLM-Seg40K, and the same of your own frames.

What they write is read by `benchmarks`. Nothing is downloaded.
"""
