-- Who may do what in Azure SQL: a role that loads and a role that looks. Run it as the database's
-- owner, after sql/schema/mssql.sql; running it again changes nothing. People and services then
-- become members, for example the managed identity of a deployment:
--     CREATE USER [music-loader] FROM EXTERNAL PROVIDER;
--     ALTER ROLE music_loader ADD MEMBER [music-loader];

IF DATABASE_PRINCIPAL_ID('music_loader') IS NULL CREATE ROLE music_loader;
IF DATABASE_PRINCIPAL_ID('music_analyst') IS NULL CREATE ROLE music_analyst;
GO

-- Every load reads what is there, and then writes, changes and deletes rows. The views are read to
-- write their extracts. Temporary tables and application locks need no permission.
GRANT SELECT, INSERT, UPDATE, DELETE ON SCHEMA::dbo TO music_loader;

-- A mart's view is made anew by its asset. Both are needed to make one, and the second to drop it.
-- The second also lets the loader change and drop tables there: nothing narrower makes a view in dbo.
GRANT CREATE VIEW TO music_loader;
GRANT ALTER ON SCHEMA::dbo TO music_loader;
GO

-- Only where the loader is to make and change the tables itself, instead of an owner who runs
-- sql/schema/mssql.sql or loads once after every release; REFERENCES is for the foreign keys.
-- GRANT CREATE TABLE TO music_loader;
-- GRANT REFERENCES ON SCHEMA::dbo TO music_loader;

-- An analyst reads tables and views, and nothing else.
GRANT SELECT ON SCHEMA::dbo TO music_analyst;
GO
