"""Coming in as staff: by the form, as anybody does."""

from playwright.sync_api import Page

from host.world import World


def sign_in(page: Page, running: World) -> None:
    """From the form to the start page of staff."""
    page.goto(f"{running.pages}/staff/sign-in")
    page.get_by_label("Your token").fill(running.staff_token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{running.pages}/staff")
