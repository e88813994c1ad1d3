"""Tests of the house itself: its layout, sizes, rules, scripts and embedded servers."""
