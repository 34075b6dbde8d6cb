"""Leads by e-mail: SMTP (RFC 5321), text and HTML in one message.

| the mail server                                    | then                                                            |
| -------------------------------------------------- | --------------------------------------------------------------- |
| offers no STARTTLS, and there is a password        | nothing is sent, the password least of all; tried again         |
| has a certificate that is not its own, or expired  | the same                                                        |
| is down, answers 4xx, refuses the password         | tried again                                                     |
| answers 5xx, or refuses every recipient for good   | a dead letter                                                   |
"""

import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from lead_sender.config import Settings
from lead_sender.sinks import UNSAFE, NotSent
from mesh import tls


async def send(settings: Settings, delivery_id: str, message: dict[str, str]) -> None:
    """Hand a message to the mail server. Raises NotSent; a server's 5xx is final (RFC 5321, 4.2.1)."""
    url = urlsplit(settings.smtp_url.get_secret_value())
    if not url.hostname:
        raise NotSent("SMTP_URL is not set")
    mail = EmailMessage()
    mail["Subject"] = message["subject"]
    user, at_once = unquote(url.username or ""), url.scheme == "smtps"
    mail["From"] = settings.smtp_from or (user if "@" in user else f"voiceblock@{url.hostname}")
    mail["To"] = message["to"]
    # A message that is sent twice has one id: mail servers and programs show it once.
    mail["Message-ID"] = f"<{delivery_id}@voiceblock>"
    mail.set_content(message["text"])
    mail.add_alternative(message["html"], subtype="html")
    try:
        await aiosmtplib.send(
            mail,
            hostname=url.hostname,
            port=url.port or (465 if url.scheme == "smtps" else 587),
            username=user or None,
            password=unquote(url.password) if url.password else None,
            use_tls=at_once,
            # Whoever stands between us could strike STARTTLS from what the server offers, and read the password.
            start_tls=False if at_once else True if url.password else None,
            tls_context=tls.context(),
            timeout=settings.lead_send_deadline_s,
        )
    except aiosmtplib.SMTPAuthenticationError as error:
        raise NotSent(f"the mail server refuses our password: {error.code}") from error
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [refused.code for refused in error.recipients]
        raise NotSent(
            f"the mail server refuses every recipient: {codes}", final=all(c >= 500 for c in codes)
        ) from error
    except aiosmtplib.SMTPResponseException as error:
        raise NotSent(f"the mail server answered {error.code}", final=error.code >= 500) from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        if isinstance(error.__cause__ or error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
            raise NotSent(f"{UNSAFE}: the mail server's certificate does not hold") from error
        if "STARTTLS extension not supported" in str(error):
            why = "the mail server offers no STARTTLS, and the password is not sent in clear; write smtps://"
            raise NotSent(f"{UNSAFE}: {why}") from error
        raise NotSent(f"{type(error).__name__}: {error}") from error
