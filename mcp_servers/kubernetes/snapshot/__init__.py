"""Objects as they were read: kinds, owners, selectors, revisions. It knows no trouble."""
