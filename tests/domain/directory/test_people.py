"""Patients, practitioners and organisations are registered once and corrected as a whole."""

from domain.directory.content import Person, PersonName
from domain.directory.events import (
    OrganizationCorrected,
    OrganizationRegistered,
    PatientCorrected,
    PatientRegistered,
    PractitionerCorrected,
    PractitionerRegistered,
)
from domain.directory.people import AlreadyRegistered, Facts, Nameless, Organization, Patient, Practitioner
from domain.kernel.event import Retention, Unopened
from tests.domain.story import STREAM, given

ADA = Person(names=[PersonName(text="Ada Testperson")])
NOBODY = Person(names=[PersonName(text=" ")])
KNOWN = PatientRegistered(patient_id=STREAM, person=Unopened())
DOCTOR = PractitionerRegistered(practitioner_id=STREAM, active=True, person=Unopened())
PLACE = OrganizationRegistered(organization_id=STREAM, name="Example Hospital")


class TestPatient:
    def test_is_registered_under_the_id_they_go_by_everywhere(self) -> None:
        given(Patient).when(lambda p: p.register(ADA)).then(PatientRegistered(patient_id=STREAM, person=ADA))

    def test_is_registered_once(self) -> None:
        given(Patient, KNOWN).when(lambda p: p.register(ADA)).refused(AlreadyRegistered)

    def test_is_corrected_as_a_whole(self) -> None:
        given(Patient, KNOWN).when(lambda p: p.correct(ADA)).then(PatientCorrected(patient_id=STREAM, person=ADA))

    def test_has_a_name(self) -> None:
        given(Patient).when(lambda p: p.register(NOBODY)).refused(Nameless)
        given(Patient, KNOWN).when(lambda p: p.correct(Person(names=[]))).refused(Nameless)


class TestPractitioner:
    def test_is_registered_once_and_kept_as_a_profile(self) -> None:
        made = PractitionerRegistered(practitioner_id=STREAM, active=True, person=ADA)
        given(Practitioner).when(lambda p: p.register(ADA)).then(made)
        assert made.RETENTION is Retention.PROFILE
        given(Practitioner, DOCTOR).when(lambda p: p.register(ADA)).refused(AlreadyRegistered)

    def test_leaves_by_a_correction(self) -> None:
        left = PractitionerCorrected(practitioner_id=STREAM, active=False, person=ADA)
        given(Practitioner, DOCTOR).when(lambda p: p.correct(ADA, active=False)).then(left)
        given(Practitioner, DOCTOR).when(lambda p: p.correct(NOBODY, active=True)).refused(Nameless)


class TestOrganization:
    def test_is_registered_once_and_corrected_as_a_whole(self) -> None:
        facts = Facts(name="Example Hospital")
        given(Organization).when(lambda o: o.register(facts)).then(PLACE)
        given(Organization, PLACE).when(lambda o: o.register(facts)).refused(AlreadyRegistered)
        changed = OrganizationCorrected(organization_id=STREAM, name="Example Clinic", telephone="000")
        given(Organization, PLACE).when(lambda o: o.correct(Facts("Example Clinic", telephone="000"))).then(changed)
        given(Organization).when(lambda o: o.register(Facts(""))).refused(Nameless)
