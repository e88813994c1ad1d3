-- What analysts may see. Every table is a fresh count of facts alike, with the columns named here and no others: no id,
-- no clinic, no name, years for dates. Age is the first year of a band of ten, 90 for all above 89; an area is three
-- digits of a ZIP code, 000 for areas of 20,000 people or fewer; null is not known, or not told because too few are so.
-- The constraints are a second lock behind domain/privacy/safe_harbor.py, which says what they mean.
CREATE DOMAIN deid.age_band AS smallint CHECK (VALUE BETWEEN 0 AND 90 AND VALUE % 10 = 0);
CREATE DOMAIN deid.sex AS text CHECK (VALUE IN ('male', 'female', 'other'));
CREATE DOMAIN deid.zip3 AS text CHECK (VALUE ~ '^[0-9]{3}$' AND VALUE NOT IN (
    '036', '059', '063', '102', '203', '556', '692', '790', '821', '823', '830', '831', '878', '879', '884', '890', '893'
));
CREATE DOMAIN deid.people AS integer NOT NULL CHECK (VALUE >= 11);

-- Patients known, by age in the year of the count.
CREATE TABLE deid.patients (
    year     smallint NOT NULL,
    age_from deid.age_band,
    sex      deid.sex,
    zip3     deid.zip3,
    people   deid.people
);

-- Appointments by the year they begin in, what kind they are and what became of them.
CREATE TABLE deid.appointments (
    year         smallint NOT NULL,
    type         text NOT NULL,
    status       text NOT NULL,
    age_from     deid.age_band,
    sex          deid.sex,
    zip3         deid.zip3,
    appointments integer NOT NULL,
    people       deid.people
);

-- Entries of health records by the year they were recorded in and their type; not what they say.
CREATE TABLE deid.records (
    year        smallint NOT NULL,
    record_type text NOT NULL,
    age_from    deid.age_band,
    sex         deid.sex,
    zip3        deid.zip3,
    records     integer NOT NULL,
    people      deid.people
);

-- Money by month: a sum over at least eleven people, so the month is no date of any one of them.
CREATE TABLE deid.revenue (
    month    date NOT NULL CHECK (extract(day FROM month) = 1),
    kind     text NOT NULL,
    currency text NOT NULL,
    net      bigint NOT NULL,
    tax      bigint NOT NULL,
    amount   bigint NOT NULL,
    facts    integer NOT NULL,
    people   deid.people
);

-- When all of this was counted.
CREATE TABLE deid.counted (
    one        boolean     PRIMARY KEY DEFAULT true CHECK (one),
    counted_at timestamptz NOT NULL
);

GRANT SELECT ON ALL TABLES IN SCHEMA deid TO caretrail_analyst;
GRANT USAGE ON SCHEMA deid TO caretrail_app;
GRANT INSERT, DELETE ON ALL TABLES IN SCHEMA deid TO caretrail_app;
GRANT SELECT ON deid.counted TO caretrail_app;
