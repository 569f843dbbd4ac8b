"""Judges exercise @ID@: the means of matrices that are drawn here."""

from __future__ import annotations

import pytest
import torch

from quizbook.judge.checks import assert_close, assert_one_each, diagnosis, fail, looks_like

SHAPES = [(3, 5), (4, 4), (6, 1)]  # in a square matrix the shape gives nothing away


def means(submission, matrices):
    """Each matrix with what the submission made of it. What comes over the wall may have any form: look first."""
    got = submission.call("means", matrices=matrices)
    assert_one_each(got, matrices, "matrix")
    return zip(matrices, got, strict=True)


@pytest.mark.points(2)
def test_means_of_rows(submission, seed):
    """Each row's mean is the right one."""
    generator = torch.Generator().manual_seed(seed)
    matrices = [torch.randn(shape, generator=generator) for shape in SHAPES]
    for x, got in means(submission, matrices):
        if got is None:
            fail("row_means returns nothing; it ends with return and the means.")
        rows, columns = x.shape
        assert_close(
            got,
            x.mean(dim=1),
            looks_like(x.mean(dim=0), "Those are the means of the columns: dim names the dimension that goes away."),
            looks_like(x.mean(), "That is one mean of all numbers; each row has its own."),
            looks_like(x.mean(dim=1, keepdim=True), "A dimension of size 1 is left over: leave keepdim out."),
            looks_like(x.sum(dim=1), "Those are the sums; a mean divides by the number of columns."),
            looks_like(x.sum(dim=1) / rows, "The sums are divided by the number of rows; a row has as many numbers as columns."),
            what=f"the means of a matrix of {rows} rows and {columns} columns",
        )


@pytest.mark.needs("test_means_of_rows")
def test_a_large_matrix(submission, seed):
    """It is right for a large matrix too."""
    x = torch.randn(200, 300, generator=torch.Generator().manual_seed(seed))
    for _, got in means(submission, [x]):
        assert_close(got, x.mean(dim=1), what="the means of a matrix of 200 rows")


diagnose = diagnosis(  # exceptions with a name: type, part of the message, sentence
    [
        ("NotImplementedError", "", "row_means is not written yet."),
        ("IndexError", "Dimension out of range", "A matrix has the dimensions 0 and 1: dim names the one that goes away."),
    ]
)
