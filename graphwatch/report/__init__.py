"""The report: one HTML file for people who decide."""

from graphwatch.report.content import ReportContent
from graphwatch.report.gather import gather
from graphwatch.report.render import render_report, write_report

__all__ = ["ReportContent", "gather", "render_report", "write_report"]
