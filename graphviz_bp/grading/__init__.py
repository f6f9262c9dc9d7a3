"""Many submissions graded: untrusted files, killable workers, points, and the mistakes that many made alike."""

from .grade import Grade, grade
from .marking import Cluster, Credit, Submission

__all__ = ["Cluster", "Credit", "Grade", "Submission", "grade"]
