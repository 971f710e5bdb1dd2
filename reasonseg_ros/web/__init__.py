# SPDX-License-Identifier: Apache-2.0
"""A page beside a running node: live camera with masks, and a talk with the node."""
