-- As a subquery the workspace of the transaction is looked up once a query. As a function, the planner
-- evaluates it for every index of every month, which took half of its time.
ALTER POLICY own_workspace ON posts
    USING (workspace = (SELECT current_workspace())) WITH CHECK (workspace = (SELECT current_workspace()));
ALTER POLICY own_workspace ON revisions
    USING (workspace = (SELECT current_workspace())) WITH CHECK (workspace = (SELECT current_workspace()));
