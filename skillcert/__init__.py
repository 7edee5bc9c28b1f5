"""SkillCert, 职业技能等级证书信息管理服务平台."""

__version__ = "0.1.0"
